//! An ordered JSON tree that keeps how everything was written and where it stood.

use crate::model::json::{self, Limits, Value};

/// A value, with its text as long as nothing changed it.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// As it was written; `None` when it is written anew.
    pub(crate) raw: Option<String>,
    /// JSON pointer into the input.
    pub(crate) source: String,
    /// Its turn in the input.
    pub(crate) order: usize,
    /// An object from which a move or a lost conflict took something.
    pub(crate) taken: bool,
    /// An object without members in the input.
    pub(crate) came_empty: bool,
    pub(crate) kind: Kind,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    Array(Vec<Node>),
    Object(Vec<Member>),
}

#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// The name as it is written, quotes included.
    pub(crate) key: String,
    pub(crate) value: Node,
}

const DEEP: Limits = Limits {
    bytes: usize::MAX,
    members: usize::MAX,
    depth: 128,
};

impl Node {
    /// Reads a document of any JSON type.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        // The reader judges the grammar; what follows may then trust the text.
        json::parse(text.as_bytes(), DEEP)?;
        let mut splitter = Splitter {
            text,
            at: 0,
            order: 0,
        };
        Ok(splitter.value(""))
    }

    /// A value that stands for `like`, written anew.
    pub(crate) fn new(kind: Kind, like: &Self) -> Self {
        Self {
            raw: None,
            source: like.source.clone(),
            order: like.order,
            taken: false,
            came_empty: false,
            kind,
        }
    }

    /// The same value, with the fewest escapes and no spaces, standing for `like`.
    pub(crate) fn anew(&self, like: &Self) -> Self {
        let kind = match &self.kind {
            Kind::Array(elements) => Kind::Array(elements.iter().map(|e| e.anew(like)).collect()),
            Kind::Object(members) => Kind::Object(
                members
                    .iter()
                    .map(|m| Member::new(&m.name, m.value.anew(like)))
                    .collect(),
            ),
            other => other.clone(),
        };
        Self::new(kind, like)
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    pub(crate) fn members(&self) -> Option<&[Member]> {
        match &self.kind {
            Kind::Object(members) => Some(members),
            _ => None,
        }
    }

    pub(crate) fn members_mut(&mut self) -> Option<&mut Vec<Member>> {
        match &mut self.kind {
            Kind::Object(members) => Some(members),
            _ => None,
        }
    }

    pub(crate) fn elements(&self) -> Option<&[Self]> {
        match &self.kind {
            Kind::Array(elements) => Some(elements),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The member of this name, when it is an object and has one.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        let found = self.members()?.iter().find(|m| m.name == name);
        found.map(|m| &m.value)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Self> {
        let found = self.members_mut()?.iter_mut().find(|m| m.name == name);
        found.map(|m| &mut m.value)
    }

    /// The same JSON value: numbers by value, members in any order.
    pub(crate) fn same(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Null, Kind::Null) => true,
            (Kind::Bool(a), Kind::Bool(b)) => a == b,
            (Kind::Text(a), Kind::Text(b)) => a == b,
            (Kind::Number(a), Kind::Number(b)) => super::decimal::Decimal::of(a)
                .zip(super::decimal::Decimal::of(b))
                .map_or(a == b, |(a, b)| a == b),
            (Kind::Array(a), Kind::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b))
            }
            (Kind::Object(a), Kind::Object(b)) => {
                a.len() == b.len()
                    && a.iter()
                        .all(|m| other.get(&m.name).is_some_and(|v| m.value.same(v)))
            }
            _ => false,
        }
    }

    pub(crate) fn write(&self) -> String {
        if let Some(raw) = &self.raw {
            return raw.clone();
        }
        match &self.kind {
            Kind::Null => "null".into(),
            Kind::Bool(b) => b.to_string(),
            Kind::Number(text) => text.clone(),
            Kind::Text(text) => json::quote(text),
            Kind::Array(elements) => {
                let all: Vec<_> = elements.iter().map(Self::write).collect();
                format!("[{}]", all.join(","))
            }
            Kind::Object(members) => {
                let all: Vec<_> = members
                    .iter()
                    .map(|m| format!("{}:{}", m.key, m.value.write()))
                    .collect();
                format!("{{{}}}", all.join(","))
            }
        }
    }
}

impl Member {
    pub(crate) fn new(name: &str, value: Node) -> Self {
        Self {
            name: name.into(),
            key: json::quote(name),
            value,
        }
    }
}

/// A pointer, one step further.
pub(crate) fn below(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// Takes text apart that is known to be JSON.
struct Splitter<'a> {
    text: &'a str,
    at: usize,
    order: usize,
}

impl Splitter<'_> {
    fn peek(&mut self) -> u8 {
        while self.text.as_bytes()[self.at].is_ascii_whitespace() {
            self.at += 1;
        }
        self.text.as_bytes()[self.at]
    }

    fn value(&mut self, pointer: &str) -> Node {
        let order = self.order;
        self.order += 1;
        let first = self.peek();
        let start = self.at;
        let kind = match first {
            b'{' => self.object(pointer),
            b'[' => self.array(pointer),
            b'"' => Kind::Text(self.string()),
            _ => self.scalar(),
        };
        Node {
            raw: Some(self.text[start..self.at].into()),
            source: pointer.into(),
            order,
            taken: false,
            came_empty: matches!(&kind, Kind::Object(members) if members.is_empty()),
            kind,
        }
    }

    fn object(&mut self, pointer: &str) -> Kind {
        self.at += 1;
        let mut members = Vec::new();
        while self.peek() != b'}' {
            if self.peek() == b',' {
                self.at += 1;
            }
            self.peek();
            let start = self.at;
            let name = self.string();
            let key = self.text[start..self.at].to_owned();
            assert_eq!(self.peek(), b':');
            self.at += 1;
            let value = self.value(&below(pointer, &name));
            members.push(Member { name, key, value });
        }
        self.at += 1;
        Kind::Object(members)
    }

    fn array(&mut self, pointer: &str) -> Kind {
        self.at += 1;
        let mut elements = Vec::new();
        while self.peek() != b']' {
            if self.peek() == b',' {
                self.at += 1;
            }
            elements.push(self.value(&format!("{pointer}/{}", elements.len())));
        }
        self.at += 1;
        Kind::Array(elements)
    }

    fn string(&mut self) -> String {
        let start = self.at;
        self.at += 1;
        loop {
            match self.text.as_bytes()[self.at] {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        let wrapped = format!("{{\"x\":{}}}", &self.text[start..self.at]);
        let members = json::parse(wrapped.as_bytes(), DEEP).unwrap().unwrap();
        match &members[0].value {
            Value::Text(text) => text.clone(),
            other => panic!("no string: {other:?}"),
        }
    }

    fn scalar(&mut self) -> Kind {
        let start = self.at;
        while self.at < self.text.len()
            && matches!(self.text.as_bytes()[self.at], b'a'..=b'z' | b'0'..=b'9' | b'-' | b'+' | b'.' | b'E')
        {
            self.at += 1;
        }
        match &self.text[start..self.at] {
            "null" => Kind::Null,
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            number => Kind::Number(number.into()),
        }
    }
}
