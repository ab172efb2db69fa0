//! What may stand at a file's path, and the ways in which it is replaced.

use std::fs;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use cutover::routing::source::{File, Follow};
use cutover::{ErrorKind, Rollout, Router};

use super::{document, router, shows};
use crate::folder::{self, Folder};

/// The look must come back: what it waits for here never comes.
fn look_at(path: &std::path::Path, router: &Arc<Router>) {
    let (done, is_done) = mpsc::channel();
    let mut follow = Follow::new(Arc::clone(router), File::new(path));
    thread::spawn(move || {
        follow.look();
        done.send(()).unwrap();
    });
    is_done
        .recv_timeout(Duration::from_secs(30))
        .expect("the look hangs");
}

#[test]
fn what_is_no_readable_file_is_refused_and_never_waited_for() {
    let (router, _) = router();
    let folder = Folder::new("odd");
    let odd = |name: &str, part: &str| {
        let path = folder.path(name);
        look_at(&path, &router);
        shows(
            &router,
            None,
            path.to_str().unwrap(),
            Some((ErrorKind::Io, part)),
        );
    };
    odd("missing.json", "put the document there");
    fs::create_dir(folder.path("directory")).unwrap();
    odd("directory", "something else than a file");
    fs::write(folder.path("file"), "{}").unwrap();
    odd("file/below", "can't be read");
    odd(&"long".repeat(2_000), "can't be read");
    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt, symlink};
        use std::process::Command;
        symlink(folder.path("loop"), folder.path("loop")).unwrap();
        odd("loop", "can't be read");
        symlink(folder.path("nowhere"), folder.path("dangling")).unwrap();
        odd("dangling", "put the document there");
        symlink("/dev/zero", folder.path("zeros")).unwrap();
        odd("zeros", "something else than a file");
        match Command::new("mkfifo").arg(folder.path("fifo")).status() {
            Ok(status) if status.success() => odd("fifo", "something else than a file"),
            other => println!("SKIPPED the FIFO: mkfifo says {other:?}"),
        }
        let secret = folder.path("secret.json");
        fs::write(&secret, document(1)).unwrap();
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
        if fs::read(&secret).is_ok() {
            println!("SKIPPED the permissions: this user may read everything");
        } else {
            odd("secret.json", "let the process read it");
        }
    }
}

#[test]
fn a_file_that_grows_to_a_gigabyte_is_not_read() {
    let (router, _) = router();
    let folder = Folder::new("large");
    let path = folder.path("rollout.json");
    fs::write(&path, document(1)).unwrap();
    let mut follow = Follow::new(Arc::clone(&router), File::new(&path));
    follow.look();
    // Sparse: it takes no room on the disk.
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(1 << 30).unwrap();
    follow.look();
    let name = path.to_str().unwrap();
    shows(
        &router,
        Some(1),
        name,
        Some((ErrorKind::Document, "larger than 256 MiB")),
    );
    file.set_len(document(1).len() as u64).unwrap();
    follow.look();
    shows(&router, Some(1), name, None);
}

#[test]
fn each_way_of_replacing_a_file_is_seen() {
    let (router, told) = router();
    let folder = Folder::new("ways");
    let path = folder.path("rollout.json");
    let name = path.to_str().unwrap();
    let mut follow = Follow::new(Arc::clone(&router), File::new(&path));
    follow.look();
    shows(
        &router,
        None,
        name,
        Some((ErrorKind::Io, "put the document there")),
    );
    for (revision, replace) in (1..).zip(folder::WAYS) {
        replace(&folder, "rollout.json", document(revision).as_bytes());
        follow.look();
        shows(&router, Some(revision), name, None);
    }
    // Deleted and made again as it was: an error while it is away, and no change of the rollout.
    told.lock().unwrap().clear();
    let last = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    follow.look();
    let revision = router.rollout().as_deref().map(Rollout::revision);
    shows(
        &router,
        revision,
        name,
        Some((ErrorKind::Io, "put the document there")),
    );
    fs::write(&path, last).unwrap();
    follow.look();
    shows(&router, revision, name, None);
    assert_eq!(told.lock().unwrap().len(), 1);
}

#[test]
fn an_edit_that_changes_neither_length_nor_time_is_seen() {
    let (router, _) = router();
    let folder = Folder::new("ticks");
    let path = folder.path("rollout.json");
    let mut follow = Follow::new(Arc::clone(&router), File::new(&path));
    let time = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    for revision in 1..=9 {
        fs::write(&path, document(revision)).unwrap();
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_modified(time).unwrap();
        follow.look();
        shows(&router, Some(revision), path.to_str().unwrap(), None);
    }
}
