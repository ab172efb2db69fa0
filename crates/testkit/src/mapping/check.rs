//! What is wrong with an input before it is converted: members named twice, and names of the other version.

use super::Run;
use super::definition::Outer;
use super::path::{Step, member, with};
use super::places::Role;
use super::tree::{Kind, Node};

impl Run<'_> {
    pub(crate) fn check(&mut self, node: &Node, path: &[Step], root: bool) {
        match &node.kind {
            Kind::Object(members) if root || self.table.enters_object(path) => {
                self.twice(node);
                for m in members {
                    self.check_member(&m.value, &member(path, &m.name));
                }
            }
            Kind::Array(elements) if self.table.enters_array(path) => {
                for element in elements {
                    self.check(element, &with(path, Step::Each), false);
                }
            }
            _ => {}
        }
    }

    fn check_member(&mut self, value: &Node, here: &[Step]) {
        let mut below = true;
        let roles = self.table.at(here);
        if roles.iter().any(|role| matches!(role, Role::Foreign)) {
            return self.find("other_version", value);
        }
        for role in roles {
            match role {
                Role::Kept { .. } | Role::Drop => below = false,
                Role::Own { rule, .. } | Role::Also { rule, .. } | Role::List { rule, .. } => {
                    let alternatives = self.table.definition.rules[rule].alternatives.clone();
                    below &= !alternatives.iter().all(|a| a.takes_all());
                    let reads = |outer: &Outer| match outer {
                        Outer::Entries { .. } => true,
                        Outer::Pivot { .. } => !self.table.up,
                        Outer::Without(_) => self.table.up,
                        _ => false,
                    };
                    if alternatives.iter().any(|a| reads(&a.outer)) {
                        self.read_whole(value, here);
                    }
                }
                _ => {}
            }
        }
        if below {
            self.check(value, here, false);
        }
    }

    /// A kind reads the members of this object, or of this array's elements.
    fn read_whole(&mut self, value: &Node, here: &[Step]) {
        match &value.kind {
            Kind::Object(_) if self.table.up => self.twice(value),
            Kind::Array(elements) if !self.table.enters_object(&with(here, Step::Each)) => {
                for element in elements {
                    self.twice(element);
                }
            }
            _ => {}
        }
    }

    fn twice(&mut self, node: &Node) {
        let members = node.members().unwrap_or_default();
        for (at, m) in members.iter().enumerate() {
            if members[..at].iter().any(|before| before.name == m.name) {
                self.find("duplicate_member", &m.value);
            }
        }
    }
}
