//! A router follows a file. The file is edited, broken, deleted and mended; the last good rollout stays in force throughout.

use std::sync::{Arc, mpsc};
use std::time::Duration;
use std::{env, fs, process};

use cutover::Router;
use cutover::routing::Change;
use cutover::routing::source::{File, Follow};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = env::temp_dir().join(format!("cutover-hot-reload-{}.json", process::id()));
    let router = Arc::new(Router::builder().name("contribution-form-v2").build()?);
    let (tell, told) = mpsc::channel();
    router.on_change(move |change| {
        let _ = tell.send(change.clone());
    });

    let document = |revision: u32, share: &str| {
        format!(r#"{{"name": "contribution-form-v2", "revision": {revision}, "share": "{share}"}}"#)
    };
    replace(&path, &document(1, "10%"))?;
    // What the file says is in force when this returns. The default, File::INTERVAL, is a second.
    let following = Follow::new(Arc::clone(&router), File::new(&path));
    let following = following.every(Duration::from_millis(20))?;

    for edit in ["", "half", "25%", "deleted", "100%"] {
        match edit {
            "" => {}
            "half" => fs::write(&path, &document(2, "25%")[..40])?,
            "deleted" => fs::remove_file(&path)?,
            "25%" => replace(&path, &document(2, edit))?,
            share => replace(&path, &document(3, share))?,
        }
        match told.recv()? {
            Change::Applied { revision, share } => println!("revision {revision}: {share}"),
            Change::Refused(why) => println!("still {}: {}", router.status().share, why.message),
            other => println!("{other:?}"),
        }
    }
    drop(following);
    Ok(fs::remove_file(&path)?)
}

/// Writes beside the file and renames, so that nobody ever reads half of it.
fn replace(path: &std::path::Path, document: &str) -> std::io::Result<()> {
    let new = path.with_extension("new");
    fs::write(&new, document)?;
    fs::rename(new, path)
}
