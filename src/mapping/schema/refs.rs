//! What a `$ref` refers to: base URIs, anchors and pointers within one document.

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value as Json;

use crate::mapping::pointer::push_name;

/// Which standard a schema is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Draft {
    /// And draft-06, whose keywords draft-07 has all.
    Draft7,
    Draft202012,
}

impl Draft {
    pub(super) fn of(uri: &str) -> Option<Self> {
        let uri = uri.trim_end_matches('#');
        let path = uri.split_once("://").map_or(uri, |(_, path)| path);
        match path {
            "json-schema.org/draft-07/schema" | "json-schema.org/draft-06/schema" => {
                Some(Self::Draft7)
            }
            "json-schema.org/draft/2020-12/schema" => Some(Self::Draft202012),
            _ => None,
        }
    }
}

/// Where schemas stand below a keyword.
pub(super) enum Below {
    One,
    List,
    ByName,
}

/// Where this keyword has schemas, in this draft.
pub(super) fn below(keyword: &str, value: &Json, draft: Draft) -> Option<Below> {
    let newer = draft == Draft::Draft202012;
    Some(match keyword {
        "additionalProperties" | "contains" | "not" | "if" | "then" | "else" | "propertyNames" => {
            Below::One
        }
        "items" if value.is_array() => (!newer).then_some(Below::List)?,
        "items" => Below::One,
        "additionalItems" if !newer => Below::One,
        "unevaluatedItems" | "unevaluatedProperties" | "contentSchema" if newer => Below::One,
        "allOf" | "anyOf" | "oneOf" => Below::List,
        "prefixItems" if newer => Below::List,
        "properties" | "patternProperties" | "definitions" | "dependencies" => Below::ByName,
        "$defs" | "dependentSchemas" if newer => Below::ByName,
        _ => return None,
    })
}

/// The document's own base when it names none.
const BASE: &str = "schema:///document";

/// What a reference leads to.
pub(super) enum Target<'d> {
    /// A place in this document, as a pointer.
    Here(String, &'d Json),
    /// Another document.
    Elsewhere(String),
    /// A place in this document that there isn't.
    Nowhere,
}

/// The schemas of a document by their URIs.
pub(super) struct Resources<'d> {
    document: &'d Json,
    /// The base URI of each schema, by its pointer.
    bases: HashMap<String, Rc<str>>,
    /// Pointers by URI, with an anchor's name behind `#`.
    places: HashMap<String, String>,
    pub(super) has_dynamic_anchors: bool,
}

impl<'d> Resources<'d> {
    pub(super) fn of(document: &'d Json, draft: Draft) -> Self {
        let mut found = Self {
            document,
            bases: HashMap::new(),
            places: HashMap::from([(BASE.to_owned(), String::new())]),
            has_dynamic_anchors: false,
        };
        let mut queue = vec![(String::new(), document, Rc::from(BASE))];
        while let Some((pointer, schema, base)) = queue.pop() {
            let base = found.note(&pointer, schema, base, draft);
            for (keyword, value) in schema.as_object().into_iter().flatten() {
                let at = child(&pointer, keyword);
                match below(keyword, value, draft) {
                    None => {}
                    Some(Below::One) => queue.push((at, value, Rc::clone(&base))),
                    Some(Below::List) => {
                        for (index, value) in value.as_array().into_iter().flatten().enumerate() {
                            queue.push((format!("{at}/{index}"), value, Rc::clone(&base)));
                        }
                    }
                    Some(Below::ByName) => {
                        for (name, value) in value.as_object().into_iter().flatten() {
                            queue.push((child(&at, name), value, Rc::clone(&base)));
                        }
                    }
                }
            }
        }
        found
    }

    /// Takes down a schema's identifiers; gives its base URI.
    fn note(&mut self, pointer: &str, schema: &Json, base: Rc<str>, draft: Draft) -> Rc<str> {
        let word = |keyword| schema.get(keyword).and_then(Json::as_str);
        let mut base = base;
        // In draft-07 nothing beside a `$ref` counts.
        if draft == Draft::Draft202012 || word("$ref").is_none() {
            if let Some(id) = word("$id") {
                let (uri, anchor) = id.split_once('#').unwrap_or((id, ""));
                if !uri.is_empty() {
                    base = resolve(&base, uri).into();
                    self.places.insert(base.to_string(), pointer.to_owned());
                }
                if !anchor.is_empty() {
                    self.anchor(&base, anchor, pointer);
                }
            }
        }
        if draft == Draft::Draft202012 {
            for keyword in ["$anchor", "$dynamicAnchor"] {
                if let Some(anchor) = word(keyword) {
                    self.anchor(&base, anchor, pointer);
                }
            }
            self.has_dynamic_anchors |= word("$dynamicAnchor").is_some();
        }
        self.bases.insert(pointer.to_owned(), Rc::clone(&base));
        base
    }

    fn anchor(&mut self, base: &str, anchor: &str, pointer: &str) {
        self.places
            .insert(format!("{base}#{anchor}"), pointer.to_owned());
    }

    /// What a reference at this place leads to.
    pub(super) fn find(&self, pointer: &str, reference: &str) -> Target<'d> {
        let (uri, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let base = self.base(pointer);
        let uri = if uri.is_empty() {
            base.to_owned()
        } else {
            resolve(base, uri)
        };
        let Some(root) = self.places.get(&uri) else {
            return Target::Elsewhere(reference.to_owned());
        };
        let Some(fragment) = decoded(fragment) else {
            return Target::Nowhere;
        };
        let place = if fragment.is_empty() || fragment.starts_with('/') {
            format!("{root}{fragment}")
        } else {
            match self.places.get(&format!("{uri}#{fragment}")) {
                Some(place) => place.clone(),
                None => return Target::Nowhere,
            }
        };
        match self.document.pointer(&place) {
            Some(schema) => Target::Here(place, schema),
            None => Target::Nowhere,
        }
    }

    /// The base URI at a place: that of the innermost schema that it is in.
    fn base(&self, pointer: &str) -> &str {
        let mut place = pointer;
        loop {
            if let Some(base) = self.bases.get(place) {
                return base;
            }
            match place.rfind('/') {
                Some(end) => place = &place[..end],
                None => return BASE,
            }
        }
    }
}

/// The pointer of a member.
pub(super) fn child(pointer: &str, name: &str) -> String {
    let mut path = pointer.to_owned();
    push_name(&mut path, name);
    path
}

/// A URI reference against its base (RFC 3986, 5.2); neither has a fragment.
fn resolve(base: &str, reference: &str) -> String {
    let scheme = |uri: &str| {
        let end = uri.find(':')?;
        let name = uri.get(..end)?;
        let word = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        (name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(word))
            .then_some(end + 1)
    };
    if scheme(reference).is_some() {
        return reference.to_owned();
    }
    let after_scheme = scheme(base).unwrap_or(0);
    if let Some(authority) = reference.strip_prefix("//") {
        return format!("{}//{authority}", &base[..after_scheme]);
    }
    let Some(hierarchy) = base[after_scheme..].strip_prefix("//") else {
        // Nothing is relative to a URN.
        return reference.to_owned();
    };
    let authority = after_scheme + 2 + hierarchy.find('/').unwrap_or(hierarchy.len());
    let (origin, path) = base.split_at(authority);
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let (reference, query) = match reference.find('?') {
        Some(at) => reference.split_at(at),
        None => (reference, ""),
    };
    let whole = match (reference.starts_with('/'), path.rfind('/')) {
        _ if reference.is_empty() => path.to_owned(),
        (false, Some(end)) => format!("{}/{reference}", &path[..end]),
        (false, None) => format!("/{reference}"),
        (true, _) => reference.to_owned(),
    };
    let mut steps: Vec<&str> = Vec::new();
    for step in whole.split('/').skip(1) {
        match step {
            "." => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    format!("{origin}/{}{query}", steps.join("/"))
}

/// A fragment without its percent signs.
fn decoded(fragment: &str) -> Option<String> {
    if !fragment.contains('%') {
        return Some(fragment.to_owned());
    }
    let (mut bytes, mut rest) = (Vec::new(), fragment.bytes());
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            bytes.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn references_are_resolved_as_rfc_3986_says() {
        for (base, reference, uri) in [
            ("http://a/b/c", "d", "http://a/b/d"),
            ("http://a/b/c", "/d", "http://a/d"),
            ("http://a/b/c", "../d", "http://a/d"),
            ("http://a/b/c", "./d/../e", "http://a/b/e"),
            ("http://a", "d", "http://a/d"),
            ("http://a/b", "//x/y", "http://x/y"),
            ("http://a/b", "urn:x:y", "urn:x:y"),
            ("http://a/b?q", "c?r", "http://a/c?r"),
            ("urn:x:y", "z", "z"),
        ] {
            assert_eq!(resolve(base, reference), uri, "{reference} at {base}");
        }
    }
}
