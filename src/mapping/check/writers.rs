//! `two_writers`: places that two rules, or a rule and a member that stays, read or write.

use super::super::definition::images::Images;
use super::super::definition::{Definition, Outer, Rule};
use super::super::flaws::{Flaw, FlawCode};
use super::super::path::Path;
use super::entries::{own_place, takes_whole, targets};
use super::view::{Declared, View};

/// A rule's hold on a place.
struct Claim<'d> {
    place: Path,
    /// The rule's own path.
    own: Option<&'d Path>,
    /// As the definition writes it.
    by: String,
    rule: Option<&'d Rule>,
    /// Everything below is its own too.
    whole: bool,
}

pub(super) fn check(definition: &Definition, images: &Images, flaws: &mut Vec<Flaw>) {
    let (from, to) = claims(definition, images);
    for claims in [&from, &to] {
        collisions(claims, flaws);
    }
    twice(definition, images, flaws);
    stayers(definition, images, flaws);
}

/// A split or a hook that names a place twice.
fn twice(definition: &Definition, images: &Images, flaws: &mut Vec<Flaw>) {
    let splits = definition.rules.iter().flat_map(|(path, rules)| {
        let splits = rules
            .iter()
            .filter(|rule| matches!(rule.outer, Some(Outer::Split { .. })));
        splits.map(move |rule| (path.to_string(), targets(images, path, rule)))
    });
    let hooks = definition.hooks.iter().enumerate().flat_map(|(at, hook)| {
        [&hook.from, &hook.to].map(|places| (format!("hook[{at}]"), places.clone()))
    });
    for (by, places) in splits.chain(hooks) {
        let again = places.iter().enumerate().find(|(at, place)| {
            let before = places.iter().take(*at);
            before
                .chain(places.iter().skip(at + 1))
                .any(|other| place.behind(other).is_some())
        });
        if let Some((_, place)) = again {
            flaws.push(Flaw::new(
                FlawCode::TwoWriters,
                by,
                format!("it uses \"{place}\" twice: name each place once"),
            ));
        }
    }
}

fn claims<'d>(definition: &'d Definition, images: &Images) -> (Vec<Claim<'d>>, Vec<Claim<'d>>) {
    let (mut from, mut to) = (Vec::new(), Vec::new());
    for (path, alternatives) in &definition.rules {
        for (at, rule) in alternatives.iter().enumerate() {
            let by = path.to_string();
            let claim = |place: Path, whole| Claim {
                place,
                own: Some(path),
                by: by.clone(),
                rule: Some(rule),
                whole,
            };
            if at == 0 {
                from.push(claim(path.clone(), takes_whole(rule)));
            }
            let lands = targets(images, path, rule);
            for older in &rule.also {
                from.push(claim(older.clone(), true));
                let image = images.image(older);
                if !lands.contains(&image) {
                    to.push(claim(image, true));
                }
            }
            to.extend(
                lands
                    .into_iter()
                    .map(|place| claim(place, takes_whole(rule))),
            );
        }
    }
    for (path, rule) in &definition.added {
        // A default stands where a hook writes nothing.
        if definition.is_default_of_hook(path, rule) {
            continue;
        }
        to.push(Claim {
            place: path.clone(),
            own: None,
            by: format!("added: {path}"),
            rule: Some(rule),
            whole: false,
        });
    }
    for (at, hook) in definition.hooks.iter().enumerate() {
        let claim = |place: &Path| Claim {
            place: place.clone(),
            own: None,
            by: format!("hook[{at}]"),
            rule: None,
            whole: true,
        };
        from.extend(hook.from.iter().map(claim));
        to.extend(hook.to.iter().map(claim));
    }
    (from, to)
}

fn collisions(claims: &[Claim<'_>], flaws: &mut Vec<Flaw>) {
    let mut sorted: Vec<&Claim<'_>> = claims.iter().collect();
    sorted.sort_by(|a, b| a.place.cmp(&b.place));
    // In this order everything below a place follows it.
    let mut around: Vec<&Claim<'_>> = Vec::new();
    for claim in sorted {
        while around
            .last()
            .is_some_and(|outer| claim.place.behind(&outer.place).is_none())
        {
            around.pop();
        }
        let other = around.iter().find(|outer| {
            let is_same = outer.place == claim.place;
            outer.by != claim.by
                && (is_same && !share_elements(outer, claim)
                    || !is_same && outer.whole && !is_below(outer, claim) && !joins(outer, claim))
        });
        if let Some(other) = other {
            let (place, first) = (&claim.place, &other.by);
            flaws.push(Flaw::new(
                FlawCode::TwoWriters,
                &claim.by,
                format!("it and \"{first}\" both use \"{place}\": give one of them another place, or remove it"),
            ));
        }
        around.push(claim);
    }
}

/// Rules that put elements into one list, different ones or different members of one.
fn share_elements(first: &Claim<'_>, second: &Claim<'_>) -> bool {
    let pivot = |claim: &Claim<'_>| match claim.rule {
        Some(Rule {
            outer: Some(Outer::Pivot(pivot)),
            to: Some(_),
            ..
        }) => Some(pivot.clone()),
        _ => None,
    };
    match (pivot(first), pivot(second)) {
        (Some(first), Some(second)) => first != second,
        // A list that is there already takes the elements too.
        (Some(_), None) => second.rule.is_some_and(|rule| !takes_whole(rule)),
        (None, Some(_)) => first.rule.is_some_and(|rule| !takes_whole(rule)),
        (None, None) => false,
    }
}

/// A rule below one that takes the whole value: that is another flaw.
fn is_below(outer: &Claim<'_>, claim: &Claim<'_>) -> bool {
    let own = outer.own.zip(claim.own);
    own.is_some_and(|(outer, own)| own != outer && own.behind(outer).is_some())
}

/// Rules on the elements of a list that another rule's element joins.
fn joins(outer: &Claim<'_>, claim: &Claim<'_>) -> bool {
    let is_joined = matches!(
        outer.rule,
        Some(Rule {
            outer: Some(Outer::Pivot(_)),
            to: Some(_),
            ..
        })
    );
    is_joined
        && claim
            .rule
            .is_some_and(|rule| rule.to.is_none() || claim.place.stars() > outer.place.stars())
}

/// A member that is declared, that no rule mentions and whose image a rule writes.
fn stayers(definition: &Definition, images: &Images, flaws: &mut Vec<Flaw>) {
    let declares = |schema: &Option<serde_json::Value>, path: &Path| {
        schema.as_ref().is_some_and(|root| {
            let view = View::new(root, root);
            let parent = path.parent().unwrap_or_default();
            let (parent, _) = view.at(&parent, &definition.context);
            let name = path.name().unwrap_or_default();
            parent.names().contains(name) && view.at(path, &definition.context).1 == Declared::Yes
        })
    };
    let mentioned: Vec<Path> = definition
        .rules
        .iter()
        .map(|(path, _)| path.clone())
        .collect();
    let read_by_others = |path: &Path| {
        let also = definition
            .rules
            .iter()
            .flat_map(|(_, rules)| rules)
            .flat_map(|rule| &rule.also);
        let hooks = definition.hooks.iter().flat_map(|hook| &hook.from);
        mentioned.iter().any(|other| other.behind(path).is_some())
            || also.chain(hooks).any(|other| other.behind(path).is_some())
    };
    let mut landed: Vec<(Path, Path, bool)> = Vec::new();
    for (path, rules) in &definition.rules {
        for rule in rules {
            let joins = matches!(rule.outer, Some(Outer::Pivot(_))) && rule.to.is_some();
            for target in targets(images, path, rule) {
                landed.push((own_place(path, rule), target, joins || rule.foreign_keep));
            }
        }
    }
    let beside = |parent: Path, path: &Path| parent.member(path.name().unwrap_or_default());
    for (place, target, may_be_there) in &landed {
        if *may_be_there {
            continue;
        }
        // What stays at this place of `from` would land where the rule writes.
        let stays = beside(images.back(&target.parent().unwrap_or_default()), target);
        let lands_too =
            stays != *place && !read_by_others(&stays) && images.image(&stays) == *target;
        if lands_too && declares(&definition.from.schema, &stays) {
            flaws.push(Flaw::new(
                FlawCode::TwoWriters,
                place,
                format!("`from` declares \"{stays}\" too, which lands in \"{target}\" as well: give it a rule of its own, such as `drop`"),
            ));
        }
        let forth = beside(images.image(&place.parent().unwrap_or_default()), place);
        let hooked = definition.hooks.iter().flat_map(|hook| &hook.to);
        let mut added = definition.added.iter().map(|(path, _)| path);
        let is_named = landed
            .iter()
            .any(|(_, other, _)| other.behind(&forth).is_some())
            || hooked
                .chain(&mut added)
                .any(|path| path.behind(&forth).is_some());
        if !is_named && images.back(&forth) == *place && declares(&definition.to.schema, &forth) {
            flaws.push(Flaw::new(
                FlawCode::TwoWriters,
                place,
                format!("`to` declares \"{forth}\" too, which a downgrade would put in \"{place}\" as well: name it in `[added]`, with `drop`"),
            ));
        }
    }
}
