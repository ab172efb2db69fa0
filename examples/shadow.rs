//! v2 beside v1: users get v1's answers, v2 answers a copy, and the one field it gets wrong is found by path and id.

use std::convert::Infallible;

use cutover::migration::shadow::Shadow;
use cutover::{Error, Request, Rollout, Router, Share, contribution};

/// What v1 stores for a user.
fn v1(user: usize) -> Vec<u8> {
    format!(
        r#"{{"lat":51.5,"lng":-0.1,"hours":"24/7","fee":0.{}}}"#,
        user % 9 + 1
    )
    .into_bytes()
}

/// What v2 stores for the same user: the same, but for one of a thousand, whose fee goes wrong.
fn v2(user: usize, id: &str) -> Result<Vec<u8>, Error> {
    let mut stored = Vec::new();
    contribution::upgrade(&v1(user), id, &mut stored)?;
    if user == 617 {
        stored = String::from_utf8_lossy(&stored)
            .replace("0.60 GBP", "6.00 GBP")
            .into_bytes();
    }
    Ok(stored)
}

fn main() -> Result<(), Error> {
    // Nobody is on v2 yet; the shadow sees everyone.
    let rollout = Rollout::builder("contribution-form-v2", Share::ZERO).shadow(Share::FULL);
    let router = Router::new(rollout.build()?);
    let shadow = Shadow::<Vec<u8>>::builder(|id, one, two| {
        contribution::differences(id, (one.version, one.answer), (two.version, two.answer))
    });
    let shadow = shadow.queue(1_000).build()?;

    for user in 0..1_000 {
        let id = format!("node/{user}");
        let decision = router.decide(&Request::new(&id));
        let candidate = {
            let id = id.clone();
            move || v2(user, &id)
        };
        let answer = shadow.run(&decision, &id, || Ok::<_, Infallible>(v1(user)), candidate);
        assert_eq!(answer, Ok(v1(user)), "the caller gets v1's answer, always");
    }

    let seen = shadow.finish();
    println!(
        "{} pairs of answers compared, {} differ",
        seen.comparisons, seen.differing
    );
    let path = &seen.paths[0];
    println!("  {} does, first for {}", path.path, path.ids.join(", "));
    assert_eq!((seen.comparisons, seen.divergences()), (1_000, 1));
    assert_eq!((&*path.path, &*path.ids[0]), ("/charge", "node/617"));
    Ok(())
}
