-- The departments' directories: offices, officers, and who is in charge. A row for each version, whole, as it follows the
-- one before; none is ever changed, and no role may.
CREATE TABLE directory (
    department text NOT NULL,
    version    bigint NOT NULL,
    sha256     text NOT NULL,      -- of the file as it was handed in
    contents   text NOT NULL,      -- JSON
    loaded_at  bigint NOT NULL,
    actor      text NOT NULL,
    PRIMARY KEY (department, version)
);

-- What a department wants intake to refuse.
CREATE TABLE directory_wish (
    department text PRIMARY KEY,
    offices    boolean NOT NULL,
    officers   boolean NOT NULL
);

-- A rung and a post of which nobody could be told: somebody is looked for again.
CREATE TABLE untold (
    application_id uuid NOT NULL,
    kind           text NOT NULL,
    key            text NOT NULL,
    rung           text NOT NULL,
    post           text NOT NULL,
    since          bigint NOT NULL,
    again_at       bigint NOT NULL,
    PRIMARY KEY (application_id, kind, key, rung, post)
);
CREATE INDEX untold_again ON untold (again_at);
