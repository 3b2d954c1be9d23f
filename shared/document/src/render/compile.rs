//! From a template and its data to pages: Typst's crates strung together, as far as paper is concerned.
//!
//! Content may ask about the document that it is a part of (on which page am I, how many are there), so a document is
//! set until the answers that it was set by are those that it gives itself. What it is set by first is a guess: a right
//! one saves the second round, a wrong one costs it and nothing else.

use super::{guess::OnePage, symbol};
use comemo::{Constraint, Track};
use typst_eval::{eval, eval_closure, eval_string};
use typst_layout::{PagedDocument, layout_frame, register};
use typst_library::{
    Library, LibraryBuilder, World,
    diag::{At, SourceResult},
    engine::{Engine, Route, Sink, Traced},
    foundations::{Module, NativeRuleMap, Output, Scope, StyleChain, Target, TargetElem},
    introspection::{EmptyIntrospector, Introspector, MAX_ITERS},
    routines::Routines,
};
use typst_realize::realize;
use typst_syntax::Span;
use typst_utils::Protected;

/// What Typst's library calls without depending on it. HTML is a feature that is not switched on: nothing asks for it.
static ROUTINES: Routines = Routines {
    rules: || {
        let mut rules = NativeRuleMap::new();
        register(&mut rules);
        rules
    },
    eval_string,
    eval_closure,
    realize,
    layout_frame,
    html_module: || Module::new("html", Scope::new()),
    html_mathml_body: |_, _| None,
    html_span_filled: |content, _| content,
};

/// Typst's standard library, for paper, and our one function.
pub(crate) fn library() -> Library {
    let mut library = LibraryBuilder::from_routines(&ROUTINES).build();
    symbol::define(&mut library);
    library
}

/// What is taken to be known of a document before its first round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guess {
    /// Nothing, as Typst itself begins.
    Nothing,
    /// That it has one page.
    OnePage,
}

/// Evaluates the main file and sets its content until it is settled, or has been set as often as Typst allows. Gives the
/// number of rounds besides.
pub(crate) fn compile(world: &dyn World, guess: Guess) -> SourceResult<(PagedDocument, usize)> {
    let library = world.library();
    let main = world.source(world.main()).at(Span::detached())?;
    let world = world.track();
    let traced = Traced::default();
    let mut sink = Sink::new();
    let route = Route::default();
    let content = eval(world, library, traced.track(), sink.track_mut(), route.track(), &main)?.content();
    let paper = TargetElem::target.set(Target::Paged).wrap();
    let base = StyleChain::new(&library.styles);
    let styles = base.chain(&paper);

    let guess: &dyn Introspector = match guess {
        Guess::Nothing => &EmptyIntrospector,
        Guess::OnePage => &OnePage,
    };
    let mut before: Option<PagedDocument> = None;
    let mut rounds = 0;
    loop {
        rounds += 1;
        let known = before.as_ref().map_or(guess, Output::introspector);
        let asked = Constraint::new();
        let mut sink_of_round = Sink::new();
        let mut engine = Engine {
            library,
            world,
            introspector: Protected::new(known.track_with(&asked)),
            traced: traced.track(),
            sink: sink_of_round.track_mut(),
            route: Route::default(),
        };
        let document = PagedDocument::create(&mut engine, &content, styles)?;
        if asked.validate(Output::introspector(&document)) || rounds == MAX_ITERS {
            sink.extend_from_sink(sink_of_round);
            // What went wrong in an earlier round may have been due to the guess; what did in this one stays.
            let errors = sink.delayed();
            return if errors.is_empty() { Ok((document, rounds)) } else { Err(errors) };
        }
        before = Some(document);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::tests::sample::OneFile;

    /// The PDF and the number of rounds.
    fn set(text: &str, guess: Guess) -> (Vec<u8>, usize) {
        let (document, rounds) = compile(&OneFile::new(text), guess).unwrap();
        (typst_pdf::pdf(&document, &Default::default()).unwrap(), rounds)
    }

    /// A square for each page that there is.
    const PAGES: &str = "#set page(footer: context { for n in range(counter(page).final().first()) { square() } })";

    #[test]
    fn a_right_guess_saves_a_round_and_no_guess_changes_a_byte() {
        for (pages, rounds) in [(1, 1), (2, 2), (3, 2)] {
            let text = format!("{PAGES}\n{}", ["#rect()"; 9][..pages].join("\n#pagebreak()\n"));
            let (guessed, ignorant) = (set(&text, Guess::OnePage), set(&text, Guess::Nothing));
            assert_eq!((guessed.1, ignorant.1), (rounds, 2), "{pages} pages");
            assert!(guessed.0 == ignorant.0, "{pages} pages");
        }
    }

    #[test]
    fn what_never_settles_ends_and_what_is_wrong_is_said() {
        let restless = "#context { for _ in query(figure) { figure[] }; figure[] }";
        let (document, rounds) = compile(&OneFile::new(restless), Guess::OnePage).unwrap();
        assert_eq!((document.pages().len(), rounds), (1, MAX_ITERS));
        for wrong in ["#nothing", "#context query(<absent>).first()", "#let f() = f()\n#f()"] {
            assert!(compile(&OneFile::new(wrong), Guess::OnePage).is_err(), "{wrong}");
        }
    }
}
