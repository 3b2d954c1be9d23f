use super::*;
use mohor_ports::suite::need::SmallDisk;
use std::os::unix::fs::PermissionsExt;

fn object(contents: &[u8]) -> Object {
    Object { sha256: digest(contents), bytes: contents.to_vec() }
}

fn files(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.file_type().unwrap().is_dir() {
            true => names.extend(files(&entry.path())),
            false => names.push(entry.file_name().into_string().unwrap()),
        }
    }
    names
}

#[tokio::test]
async fn what_is_put_is_read_and_a_repetition_is_harmless() {
    let folder = tempfile::tempdir().unwrap();
    let vault = FolderVault::open(folder.path().join("deep/vault")).unwrap();
    let objects: Vec<Object> = (0..40u8).map(|n| object(&[n; 1000])).collect();
    for _ in 0..2 {
        assert!(vault.put(objects.clone()).await.iter().all(Result::is_ok));
    }
    for object in &objects {
        assert_eq!(vault.get(&object.sha256).await.unwrap().as_ref(), Some(&object.bytes));
        assert!(folder.path().join("deep/vault").join(object_name(&object.sha256)).exists());
    }
    assert_eq!(vault.get(&digest(b"other")).await.unwrap(), None);
    assert_eq!(files(&vault.documents()).len(), 40, "no temporary file is left");
}

#[tokio::test]
async fn one_bad_object_fails_alone() {
    let folder = tempfile::tempdir().unwrap();
    let vault = FolderVault::open(folder.path()).unwrap();
    let wrong = Object { sha256: digest(b"a"), bytes: b"b".to_vec() };
    let results = vault.put(vec![object(b"good"), wrong, object(b"fine")]).await;
    assert!(results[0].is_ok() && results[2].is_ok());
    assert_eq!(results[1].as_ref().unwrap_err().code(), "altered_object");
}

#[tokio::test]
async fn only_lower_case_hexadecimal_names_an_object() {
    let folder = tempfile::tempdir().unwrap();
    let vault = FolderVault::open(folder.path()).unwrap();
    let upper = digest(b"a").to_uppercase();
    for name in ["", "../../etc/passwd", "ab", &upper, &format!("{}/", &digest(b"a")[..63])] {
        assert_eq!(vault.get(name).await.unwrap_err().code(), "bad_object_name", "{name}");
        let put = vault.put(vec![Object { sha256: name.into(), bytes: b"a".to_vec() }]).await;
        assert_eq!(put[0].as_ref().unwrap_err().code(), "bad_object_name");
    }
}

#[tokio::test]
async fn an_altered_or_truncated_object_is_found_and_a_put_mends_it() {
    let folder = tempfile::tempdir().unwrap();
    let vault = FolderVault::open(folder.path()).unwrap();
    let object = object(b"a certificate");
    vault.put(vec![object.clone()]).await.remove(0).unwrap();
    fs::write(folder.path().join(object_name(&object.sha256)), b"a cert").unwrap();
    let error = vault.get(&object.sha256).await.unwrap_err();
    assert_eq!(error.code(), "altered_object");
    assert!(error.to_string().contains("mohor restore"), "{error}");
    vault.put(vec![object.clone()]).await.remove(0).unwrap();
    assert_eq!(vault.get(&object.sha256).await.unwrap(), Some(object.bytes));
}

#[tokio::test]
async fn opening_sweeps_what_an_interrupted_put_left() {
    let folder = tempfile::tempdir().unwrap();
    let vault = FolderVault::open(folder.path()).unwrap();
    let object = object(b"kept");
    vault.put(vec![object.clone()]).await.remove(0).unwrap();
    let left = folder.path().join(object_name(&object.sha256)).with_file_name(".put-4194305-0-left");
    let live = left.with_file_name(".put-1-0-live");
    fs::write(&left, b"half").unwrap();
    fs::write(&live, b"being written by another process").unwrap();
    let vault = FolderVault::open(folder.path()).unwrap();
    assert!(!left.exists() && live.exists());
    assert_eq!(vault.get(&object.sha256).await.unwrap(), Some(object.bytes));
    assert!(vault.probe().await.unwrap().contains("written, read back and removed"));
}

/// `/dev/full` answers every write with ENOSPC: here it stands for a document's folder on a full disk.
#[tokio::test]
async fn a_full_disk_is_an_outage_in_clear_words() {
    let folder = tempfile::tempdir().unwrap();
    let vault = FolderVault::open(folder.path()).unwrap();
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap().write_all(b"x").unwrap_err();
    assert_eq!(full.kind(), io::ErrorKind::StorageFull);
    let error = vault.inner.trouble("cannot take another document", full);
    assert_eq!(error.code(), "outage");
    let wanted = format!(
        "the vault folder {} cannot take another document; free space on its disk, nothing is lost",
        folder.path().display()
    );
    assert!(error.to_string().starts_with(&wanted), "{error}");
}

/// A real full disk: a tmpfs of 64 KiB.
#[tokio::test]
async fn a_put_on_a_full_tmpfs_leaves_no_partial_file_and_succeeds_once_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::over(folder.path(), "64k") else { return };
    let outcome = async {
        let vault = FolderVault::open(folder.path()).unwrap();
        fs::write(folder.path().join("ballast"), vec![0; 40 << 10]).unwrap();
        let large = object(&[7; 30 << 10]);
        let error = vault.put(vec![large.clone()]).await.remove(0).unwrap_err();
        let left = files(&vault.documents());
        fs::remove_file(folder.path().join("ballast")).unwrap();
        let after = vault.put(vec![large]).await.remove(0);
        (error, left, after)
    }
    .await;
    drop(disk);
    let (error, left, after) = outcome;
    assert_eq!(error.code(), "outage");
    assert!(error.to_string().contains("free space"), "{error}");
    assert_eq!(left, Vec::<String>::new());
    assert!(after.is_ok());
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_an_outage() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("documents"), b"a file").unwrap();
    let error = FolderVault::open(folder.path()).unwrap_err();
    assert_eq!(error.code(), "outage");
    assert!(error.to_string().contains(&folder.path().display().to_string()), "{error}");
    assert_ne!(fs::metadata(folder.path()).unwrap().permissions().mode(), 0);
}
