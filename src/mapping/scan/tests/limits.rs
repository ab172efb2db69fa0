//! The scan's limits, and what a client reads when it stops.

use super::*;

/// Each limit takes what is just within it, and stops at the byte where the first thing beyond it would begin, whatever
/// stands there.
#[test]
fn limits_hold_exactly() {
    let base = wide();
    let stopped = |text: &str, limits: Limits| {
        let stop = scanned(text, limits).expect_err(text);
        (stop.cause, stop.at)
    };

    assert!(scanned("[1,2]", base.with_bytes(5)).is_ok());
    assert_eq!(stopped("[1,2]", base.with_bytes(4)), (Cause::TooLarge, 5));

    assert!(scanned("[[{\"a\":[]}]]", base.with_depth(4)).is_ok());
    assert_eq!(
        stopped("[[{\"a\":[]}]]", base.with_depth(3)),
        (Cause::TooDeep, 7)
    );
    assert_eq!(stopped("[{!", base.with_depth(1)), (Cause::TooDeep, 1));
    assert!(scanned("[[],[[]],{\"a\":[]}]", base.with_depth(3)).is_ok());
    assert!(scanned("1", base.with_depth(1)).is_ok());
    for depth in [1, 2, 63, 64, 65, 127, 128] {
        let text = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(scanned(&text(depth), base.with_depth(depth)).is_ok());
        let stop = stopped(&text(depth + 1), base.with_depth(depth));
        assert_eq!(stop, (Cause::TooDeep, depth));
    }

    let two = "{\"a\":1,\"b\":{\"c\":1,\"d\":2}}";
    assert!(scanned(two, base.with_members(2)).is_ok());
    assert_eq!(
        stopped(two, base.with_members(1)),
        (Cause::TooManyTopMembers, 7)
    );
    // The document's own members may be more or fewer than those of the objects in it.
    assert!(scanned(two, base.with_members(2).with_top_members(2)).is_ok());
    assert_eq!(
        stopped(two, base.with_members(2).with_top_members(1)),
        (Cause::TooManyTopMembers, 7)
    );
    assert_eq!(
        stopped(two, base.with_members(1).with_top_members(2)),
        (Cause::TooManyMembers, 18)
    );
    assert!(scanned("[{},{}]", base.with_members(0)).is_ok());
    assert_eq!(
        stopped("{!", base.with_members(0)),
        (Cause::TooManyTopMembers, 1)
    );
    // The count of the object around goes on where it was.
    let around = "{\"a\":{\"x\":1,\"y\":2},\"b\":[3],\"c\":!";
    let stop = stopped(around, base.with_members(2));
    assert_eq!(stop, (Cause::TooManyTopMembers, around.len() - 5));

    assert!(scanned("[1,[2,3]]", base.with_elements(2)).is_ok());
    assert_eq!(
        stopped("[1,[2,3,!", base.with_elements(2)),
        (Cause::TooManyElements, 8)
    );
    assert_eq!(
        stopped("[[1,2],{},!", base.with_elements(2)),
        (Cause::TooManyElements, 10)
    );
    assert!(scanned("{\"a\":[]}", base.with_elements(0)).is_ok());
    assert_eq!(
        stopped("[1]", base.with_elements(0)),
        (Cause::TooManyElements, 1)
    );
}

/// A million brackets, whichever, are refused at the limit on depth.
#[test]
fn depth_bombs_are_refused_where_the_limit_is() {
    for (bomb, at) in [("[", 128), ("{\"a\":", 128 * 5), ("[{\"\":", 64 * 5)] {
        let text = bomb.repeat(1_000_000);
        let limits = Limits::default().with_depth(128);
        let stop = scanned(&text, limits).expect_err(bomb);
        assert_eq!((stop.cause, stop.at), (Cause::TooDeep, at), "{bomb}");
    }
}

#[test]
fn an_error_leaves_no_nodes_and_a_scan_replaces_those_before() {
    let mut nodes = Vec::new();
    scan("[1,2,3]", &wide(), &mut nodes).unwrap();
    assert_eq!(nodes.len(), 4);
    scan("{}", &wide(), &mut nodes).unwrap();
    assert_eq!(nodes.len(), 1);
    assert!(scan("[1,2,x]", &wide(), &mut nodes).is_err());
    assert!(nodes.is_empty());
}

/// What a client reads: what is wrong, where, and what to do; never a value.
#[test]
fn documents_are_refused_with_these_words() {
    let limits = Limits::default()
        .with_bytes(60)
        .with_depth(2)
        .with_members(2)
        .with_elements(3);
    let cases: [(&[u8], &str, &str); 7] = [
        (&[b' '; 61], "too_large", "61 bytes: send at most 60"),
        (
            b"\"Pl\xFFtz\"",
            "malformed_json",
            "not UTF-8 at byte 3: send JSON in UTF-8",
        ),
        (
            b"{\"secret\":1,\"b\" 2}",
            "malformed_json",
            "not JSON at byte 16: expected a colon",
        ),
        (
            b"{} {}",
            "malformed_json",
            "not JSON at byte 3: expected the end of the document",
        ),
        (
            b"[[[1]]]",
            "too_deep",
            "nested too deep at byte 2: send at most 2 levels",
        ),
        (
            b"{\"a\":1,\"b\":2,\"c\":3}",
            "too_many_members",
            "too many members at byte 13: send at most 2",
        ),
        (
            b"[1,2,3,4]",
            "too_many_elements",
            "too many elements at byte 7: send at most 3 in an array",
        ),
    ];
    for (bytes, code, message) in cases {
        let finding =
            document(bytes, &limits, &Symbols::default(), &mut Vec::new()).expect_err(message);
        assert_eq!((finding.code().as_str(), finding.path()), (code, ""));
        assert_eq!(finding.message(), message);
    }
    let text = document(b"[1, 2]", &limits, &Symbols::default(), &mut Vec::new());
    assert_eq!(text.unwrap(), "[1, 2]");
}
