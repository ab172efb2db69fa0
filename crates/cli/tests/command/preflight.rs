//! `cutover preflight`: whom an edit of the document would move, for people and as JSON.

use crate::common::{Ran, cutover, file};

fn clean(args: &[&str], input: impl AsRef<[u8]>) -> Ran {
    let ran = cutover(args, input);
    assert_eq!(ran.code, Some(0), "{args:?}: {}", ran.err);
    ran
}

fn rollout(name: &str, members: &str) -> String {
    file(name, format!("{{\"name\":\"a\",\"share\":{members}}}"))
}

#[test]
fn people_get_a_table_and_sentences() {
    let old = rollout(
        "text-old",
        r#""10%","revision":3,"pins":{"v2":["user-1","\u001b[2J"]}"#,
    );
    let new = rollout(
        "text-new",
        r#""25%","revision":4,"allow_requested":true,"pins":{"v1":["user-1","\u001b[2J"]}"#,
    );
    let ran = cutover(&["preflight", &old, &new], "");
    assert_eq!(ran.code, Some(3));
    let expected = r"                        old         new
revision                  3           4
share                   10%         25%
force                     -           -
pins                      2           2
allow_requested       false        true

to v2: 15% of the ids without a pin; callers who ask for v2 (allow_requested)
to v1: 2 pinned: \u{1b}[2J, user-1; callers who ask for v1 (allow_requested)
";
    assert_eq!(ran.out, expected);

    let ids = file("text-ids", "user-1\nway/2\n");
    let ran = cutover(&["preflight", &old, &new, "--ids", &ids], "");
    let shown = ran
        .out
        .strip_prefix(expected)
        .expect("the same, then the ids");
    assert_eq!(shown, "v2 -> v1  user-1\nv1        way/2\n");
}

/// A revision that stays is taken by a router, and leaves everyone guessing which document that was.
#[test]
fn a_revision_that_is_not_raised_is_said() {
    let old = rollout("rev-old", r#""10%","revision":3"#);
    for (name, members) in [
        ("rev-same", r#""20%","revision":3"#),
        ("rev-lower", r#""10%","revision":2"#),
    ] {
        let new = rollout(name, members);
        let text = clean(&["preflight", &old, &new], "").out;
        assert!(text.contains("is not raised: "), "{text}");
        let json = clean(&["preflight", &old, &new, "--json"], "").answers();
        assert_eq!(json[0]["raises_revision"], false);
    }
    let new = rollout("rev-higher", r#""10%","revision":4"#);
    let text = clean(&["preflight", &old, &new], "").out;
    assert!(!text.contains("is not raised"), "{text}");
    assert!(text.contains("to v2: nobody\nto v1: nobody\n"), "{text}");
}

/// Testers who lose v2 as the document ceases to honour what they ask for leave v2, too.
#[test]
fn callers_who_ask_for_v2_count() {
    let open = rollout("ask-open", r#""10%","revision":1,"allow_requested":true"#);
    let shut = rollout("ask-shut", r#""10%","revision":2"#);
    let ran = cutover(&["preflight", "--json", &open, &shut], "");
    assert_eq!(ran.code, Some(3));
    assert_eq!(
        ran.err,
        "cutover: callers who ask for v2 would leave v2: pass --allow-backward if that is intended\n"
    );
    assert_eq!(ran.answers()[0]["requests_to_v1"], true);
    let text = clean(&["preflight", &open, &shut, "--allow-backward"], "").out;
    let says = "\nto v1: callers who asked for v2 (no allow_requested)\n";
    assert!(text.contains(says), "{text}");
    // Whoever asks for v1 gets it because they want it.
    let opened = rollout("ask-opened", r#""10%","revision":3,"allow_requested":true"#);
    let ran = clean(&["preflight", "--json", &shut, &opened], "");
    assert_eq!(ran.answers()[0]["requests_to_v1"], true);
    // At 100 % there is nobody to lose v2.
    let full = rollout("ask-full", r#""100%","revision":2"#);
    clean(&["preflight", &open, &full], "");
}

#[test]
fn a_force_and_a_salt_say_whom_they_move() {
    let old = rollout("force-old", r#""10%","revision":1"#);
    let forced = rollout("force-new", r#""50%","revision":2,"force":"v1""#);
    let ran = cutover(&["preflight", &old, &forced], "");
    assert_eq!(ran.code, Some(3));
    assert!(
        ran.out.ends_with(
            "\nto v2: nobody\nto v1: 10% of the ids without a pin\nforce is v1: share and pins have no effect\n"
        ),
        "{}",
        ran.out
    );
    let salted = rollout("salt-new", r#""10%","revision":2,"salt":"b""#);
    let ran = cutover(&["preflight", &old, &salted], "");
    assert_eq!(ran.code, Some(2));
    let says = "; about 9% of the ids would move to v2 and 9% to v1\n";
    assert!(ran.err.ends_with(says), "{}", ran.err);
}

#[test]
fn preflight_says_who_moves() {
    let old = rollout("pre-old", r#""10%","revision":3,"pins":{"v2":["user-1"]}"#);
    let new = rollout("pre-new", r#""25%","revision":4,"pins":{"v2":["user-1"]}"#);
    let forward = clean(&["preflight", "--json", &old, &new], "");
    assert_eq!(
        forward.answers()[..],
        [serde_json::json!({
            "revision": {"old": 3, "new": 4}, "share": {"old": "10%", "new": "25%"},
            "force": {"old": null, "new": null}, "allow_requested": {"old": false, "new": false},
            "raises_revision": true, "to_v2": "15%", "to_v1": "0%", "pinned_to_v2": [], "pinned_to_v1": [],
            "requests_to_v2": false, "requests_to_v1": false,
        })]
    );
    assert_eq!(forward.err, "");

    let back = cutover(&["preflight", "--json", &new, &old], "");
    assert_eq!(back.code, Some(3), "{}", back.err);
    assert_eq!(back.answers()[0]["to_v1"], "15%");
    assert_eq!(
        back.err,
        "cutover: 15% of the ids would leave v2: pass --allow-backward if that is intended\n"
    );
    let allowed = clean(&["preflight", "--json", &new, &old, "--allow-backward"], "");
    assert_eq!((allowed.out, allowed.err), (back.out, String::new()));

    let unpinned = rollout(
        "pre-unpinned",
        r#""10%","revision":4,"pins":{"v1":["user-1"]}"#,
    );
    let one = cutover(&["preflight", "--json", &old, &unpinned], "");
    assert_eq!(one.code, Some(3), "one pinned id is someone");
    assert_eq!(one.answers()[0]["pinned_to_v1"][0], "user-1");
    assert!(
        one.err.starts_with("cutover: 1 pinned id would leave v2: "),
        "{}",
        one.err
    );
}

#[test]
fn preflight_takes_ids_one_by_one() {
    let old = rollout("ids-old", r#""0%","pins":{"v2":["user-1"]}"#);
    let new = rollout(
        "ids-new",
        r#""100%","revision":1,"pins":{"v1":["b \"x\""]}"#,
    );
    let ids = file("ids", "user-1\r\nb \"x\"\nway/1");
    let ran = clean(&["preflight", "--json", &old, &new, "--ids", &ids], "");
    assert_eq!(
        ran.lines()[1..],
        [
            r#"{"id":"user-1","old":"v2","new":"v2"}"#,
            r#"{"id":"b \"x\"","old":"v1","new":"v1"}"#,
            r#"{"id":"way/1","old":"v1","new":"v2"}"#,
        ]
    );
    let none = file("ids-none", "");
    assert_eq!(
        clean(&["preflight", "--json", &old, &new, "--ids", &none], "")
            .lines()
            .len(),
        1
    );
    let empty = file("ids-empty", "a\n\nb\n");
    let ran = cutover(&["preflight", "--json", &old, &new, "--ids", &empty], "");
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("line 2: an empty line"), "{}", ran.err);
}

/// A file without newlines is told by its first megabyte, before the memory is full of it.
#[test]
fn preflight_takes_ids_of_a_megabyte_at_most() {
    let (old, new) = (
        rollout("long-old", r#""0%""#),
        rollout("long-new", r#""5%","revision":1"#),
    );
    let longest = "x".repeat(1 << 20);
    let ids = file("ids-longest", format!("{longest}\n{longest}"));
    let ran = clean(&["preflight", "--json", &old, &new, "--ids", &ids], "");
    assert_eq!(ran.lines().len(), 3);

    let ids = file("ids-longer", format!("a\n{longest}x\n"));
    let ran = cutover(&["preflight", "--json", &old, &new, "--ids", &ids], "");
    assert_eq!(ran.code, Some(1));
    let says = format!("{ids}: line 2: longer than 1048576 bytes");
    assert!(ran.err.contains(&says), "{}", ran.err);
    if cfg!(target_os = "linux") {
        let ran = cutover(
            &["preflight", "--json", &old, &new, "--ids", "/dev/zero"],
            "",
        );
        assert!(ran.err.contains("line 1: longer than"), "{}", ran.err);
    }
}

#[test]
fn preflight_refuses_what_a_router_would() {
    let old = rollout("no-old", r#""10%","revision":3"#);
    for (name, members, said) in [
        ("no-salt", r#""20%","revision":4,"salt":"x""#, "/salt: "),
        ("no-revision", r#""20%","revision":2"#, "/revision: "),
        ("no-share", r#""20""#, "/share: "),
    ] {
        let new = rollout(name, members);
        let ran = cutover(&["preflight", "--json", &old, &new], "");
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{name}");
        assert!(ran.err.contains(&format!("{new}: {said}")), "{}", ran.err);
    }
    let ran = cutover(&["preflight", "--json", &old, "no such file"], "");
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("cannot read no such file"), "{}", ran.err);
}
