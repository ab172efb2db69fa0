//! Writing a tree as compact JSON.

use super::tree::{Key, Kind, NONE, OutId, Source, Tree};

/// Appends the document, with the members of the program's `first` in front at the top.
pub(crate) fn write(tree: &Tree, root: OutId, source: &Source<'_, '_>, out: &mut Vec<u8>) {
    let first = &source.program.first;
    if first.is_empty() || tree.get(root).kind != Kind::Object {
        one(tree, root, source, out);
        return;
    }
    let name = |key: Key| match key {
        Key::Literal(at) => source.name(at).to_owned(),
        Key::Input(at) => source.value(at).string().unwrap_or_default().into_owned(),
        Key::None | Key::Made(..) => String::new(),
    };
    let mut members: Vec<_> = tree
        .inside(root)
        .map(|(id, node)| {
            let place = first.iter().position(|known| *known == name(node.key));
            (place.unwrap_or(usize::MAX), id, node.key)
        })
        .collect();
    members.sort_by_key(|(place, ..)| *place);
    out.push(b'{');
    for (nth, (_, id, key)) in members.into_iter().enumerate() {
        if nth > 0 {
            out.push(b',');
        }
        out.extend_from_slice(source.quoted(key, &tree.made));
        out.push(b':');
        one(tree, id, source, out);
    }
    out.push(b'}');
}

/// One value and all that is in it; it climbs back by the parents, so that nothing recurses.
fn one(tree: &Tree, top: OutId, source: &Source<'_, '_>, out: &mut Vec<u8>) {
    let mut at = top;
    loop {
        let node = tree.get(at);
        let inside = match node.kind {
            Kind::Raw(raw) => {
                out.extend_from_slice(source.value(raw).text().as_bytes());
                NONE
            }
            Kind::Made(start, end) => {
                out.extend_from_slice(
                    tree.made
                        .get(start as usize..end as usize)
                        .unwrap_or_default(),
                );
                NONE
            }
            Kind::Object => {
                out.push(b'{');
                live(tree, node.first)
            }
            Kind::Array => {
                out.push(b'[');
                live(tree, node.first)
            }
        };
        if inside != NONE {
            at = inside;
            name(tree, at, source, out);
            continue;
        }
        close(node.kind, out);
        loop {
            if at == top {
                return;
            }
            let node = tree.get(at);
            let next = live(tree, node.next);
            if next != NONE {
                out.push(b',');
                at = next;
                name(tree, at, source, out);
                break;
            }
            at = node.parent;
            close(tree.get(at).kind, out);
        }
    }
}

fn name(tree: &Tree, at: OutId, source: &Source<'_, '_>, out: &mut Vec<u8>) {
    let key = tree.get(at).key;
    if key != Key::None {
        out.extend_from_slice(source.quoted(key, &tree.made));
        out.push(b':');
    }
}

fn close(kind: Kind, out: &mut Vec<u8>) {
    match kind {
        Kind::Object => out.push(b'}'),
        Kind::Array => out.push(b']'),
        Kind::Raw(_) | Kind::Made(..) => {}
    }
}

/// The first of these that was not taken out again.
fn live(tree: &Tree, mut at: OutId) -> OutId {
    while at != NONE && tree.get(at).gone {
        at = tree.get(at).next;
    }
    at
}
