//! What a payload comes to, by the mapping: findings in this module's words and order, tier by tier, and what was assumed.

use std::sync::LazyLock;

use super::definition::{LEGACY, UNKNOWNS, mapping};
use super::kind::Kind;
use super::limits::Limits;
use super::policy::Policy;
use super::report::{Assumed, Code, Finding, Report, Severity, Tier};
use super::tags::{BY_NAME, CORE, TAGS, Tag, required, tag};
use crate::mapping::look::{Look, Want};
use crate::mapping::pointer;
use crate::mapping::tape::{Node, Shape};
use crate::mapping::{self, Call};
use crate::version::Version;

pub(crate) use crate::mapping::compile::program::Way;

/// A contribution id's length in bytes, at most.
const ID_BYTES: usize = 1_024;

/// A payload and what is known about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Input<'a> {
    /// [`Way::Settle`] is v2 in its stored form.
    pub(crate) way: Way,
    pub(crate) bytes: &'a [u8],
    pub(crate) limits: &'a Limits,
    /// The caller's id, for payloads that bring none of their own.
    pub(crate) id: Option<&'a str>,
    pub(crate) policy: Policy,
    /// Of a downgrade: what the upgrade assumed.
    pub(crate) assumed: Assumed,
}

impl<'a> Input<'a> {
    pub(crate) fn new(way: Way, bytes: &'a [u8], limits: &'a Limits) -> Self {
        Self {
            way,
            bytes,
            limits,
            id: None,
            policy: Policy::Unknowns,
            assumed: Assumed::default(),
        }
    }

    const fn version(&self) -> Version {
        match self.way {
            Way::Up => Version::V1,
            Way::Down | Way::Settle | Way::Dialect => Version::V2,
        }
    }
}

/// What is written of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    Nothing,
    /// What it comes to, unless it has an error.
    Valid,
    /// What can be said of it: members with an error as they stand.
    Always,
}

/// Converts a payload and appends the output.
pub(crate) fn convert(input: &Input<'_>, write: Write, out: &mut Vec<u8>) -> Report {
    let mut assumed = Vec::new();
    if !input.assumed.is_empty() {
        assumed.extend(input.assumed.names().map(|name| pointer::of([name])));
    }
    let mut call = Call::new()
        .assumed(&assumed)
        .limits(input.limits.of_document());
    call = match input.id {
        Some(id) => call.id(id),
        // Who validates has none.
        None if write == Write::Nothing => call.id("0"),
        None => call,
    };
    // What was assumed may be of either policy.
    if input.way == Way::Up {
        call = call.policy(match input.policy {
            Policy::Unknowns => UNKNOWNS,
            Policy::Legacy => LEGACY,
        });
    }
    let want = match write {
        Write::Nothing => Want::Findings,
        Write::Valid | Write::Always => Want::Output,
    };
    let start = out.len();
    let looked = mapping().look(input.way, input.bytes, &call, (out, want), |look, out| {
        let report = report(input, &look);
        if write == Write::Always || write == Write::Valid && report.is_valid() {
            look.write(out);
        } else {
            out.truncate(start);
        }
        report
    });
    looked.unwrap_or_else(Report::alone)
}

fn report(input: &Input<'_>, look: &Look<'_, '_>) -> Report {
    let mut report = Report::default();
    let mut assumed = look.assumed.iter().fold(0, |bits, path| bits | bit(path));
    let mut written = look.written;
    while written != 0 {
        let nth = written.trailing_zeros() as usize;
        written &= written - 1;
        assumed |= STAND_INS.get(nth).copied().unwrap_or_default();
    }
    report.assumed = Assumed::of_bits(assumed);
    if look.findings.is_empty() {
        let tiers = &**TIERS;
        let mut counts = [0; 4];
        for pair in look.tape().root().pairs() {
            let tier = tiers.get(usize::from(pair.key.symbol));
            let tier = tier.copied().unwrap_or(Tier::Specialized);
            counts[tier as usize] += u32::from(pair.value.shape != Shape::Null);
        }
        for (count, there) in report.tiers.iter_mut().zip(counts) {
            (count.provided, count.valid) = (there, there);
        }
    } else {
        found(input, look, &mut report);
    }
    let is_bad = |id: &str| id.is_empty() || id.len() > ID_BYTES;
    if input.way == Way::Up && input.id.is_some_and(is_bad) {
        // Before what is missing.
        let missing = |finding: &Finding| finding.code == Code::Required;
        let at = report.findings.iter().position(missing);
        let at = at.unwrap_or(report.findings.len());
        let finding = Finding {
            code: Code::InvalidFormat,
            tier: Some(Tier::Core),
            path: "/@id".into(),
            message: "use a contribution id of 1 to 1024 bytes".into(),
        };
        report.findings.insert(at, finding);
    }
    report.tiers[Tier::Core as usize].required = required(input.version()).len() as u32;
    report
}

/// The bit of a core member in [`Assumed`], by the number of its stand-in.
static STAND_INS: LazyLock<Box<[u16]>> =
    LazyLock::new(|| mapping().stand_ins().iter().map(|path| bit(path)).collect());

fn bit(path: &str) -> u16 {
    let mut core = CORE.iter();
    let at = core.position(|name| path.strip_prefix('/') == Some(name));
    at.map_or(0, |at| 1 << at)
}

/// The tier of a member by the symbol of its name; what is beyond the table is specialized.
static TIERS: LazyLock<Box<[Tier]>> = LazyLock::new(|| {
    let mut tiers = Vec::new();
    for tag in &TAGS {
        if let Some(symbol) = mapping().symbol(tag.name) {
            let at = usize::from(symbol);
            tiers.resize(tiers.len().max(at + 1), Tier::Specialized);
            tiers[at] = tag.tier;
        }
    }
    tiers.into()
});

fn tag_of(look: &Look<'_, '_>, key: Node) -> Option<&'static Tag> {
    let at = BY_NAME.get(look.tape().text, &key)?;
    TAGS.get(usize::from(at))
}

/// Findings in input order, then what is missing in core order; and the counts of each tier.
#[cold]
fn found(input: &Input<'_>, look: &Look<'_, '_>, report: &mut Report) {
    let mut all: Vec<(u32, Finding)> = Vec::new();
    let mut missing: Vec<Finding> = Vec::new();
    let required = required(input.version());
    // That v1 has no word for `unknown` is no finding of these functions: nothing is lost by it.
    let said = |(_, finding): &&(u32, mapping::Finding)| *finding.code() != mapping::Code::LOST;
    for (at, finding) in look.findings.iter().filter(said) {
        let finding = ours(finding);
        match finding.code {
            Code::Required => missing.push(finding),
            _ => all.push((*at, finding)),
        }
    }
    let at_of = |code: Code| -> Vec<u32> {
        let these = all.iter().filter(|(_, finding)| finding.code == code);
        these.map(|(at, _)| *at).collect()
    };
    // A copy's own value is not judged, nor is that of a name that v2 does not have.
    let copies: Vec<u32> = at_of(Code::DuplicateMember)
        .iter()
        .map(|key| key + 1)
        .collect();
    let foreign = at_of(Code::V1Member);
    all.retain(|(at, finding)| {
        !copies.contains(at) && (finding.code == Code::V1Member || !foreign.contains(at))
    });
    all.sort_by_key(|(at, _)| *at);
    for (key, value) in look.members() {
        let tag = tag_of(look, key.node());
        let has = |is: &dyn Fn(&Finding) -> bool| {
            let mut here = all
                .iter()
                .skip(all.partition_point(|(at, _)| *at < value.at));
            here.by_ref()
                .take_while(|(at, _)| *at == value.at)
                .any(|(_, finding)| is(finding))
        };
        let is_shadowed = tag.is_some_and(|tag| tag.alias_of.is_some())
            && has(&|finding| finding.code == Code::ShadowedAlias);
        let counts = value.shape() != Shape::Null
            && !copies.contains(&value.at)
            && !foreign.contains(&value.at)
            && !is_shadowed;
        // Of a name that is there twice, the first is used: null, it is missing.
        if let Some(tag) = tag
            && value.shape() == Shape::Null
            && !copies.contains(&value.at)
            && required.contains(&tag.name)
            && !missing.iter().any(|finding| is_about(finding, tag.name))
        {
            missing.push(Finding {
                code: Code::Required,
                tier: Some(tag.tier),
                path: pointer::of([tag.name]).into(),
                message: tag.kind.message(Code::Required),
            });
        }
        if counts {
            let count = &mut report.tiers[tag.map_or(Tier::Specialized, |tag| tag.tier) as usize];
            count.provided += 1;
            count.valid += u32::from(!has(&|finding| finding.severity() == Severity::Error));
        }
    }
    missing.sort_by_key(|finding| required.iter().position(|name| is_about(finding, name)));
    report.findings = all.into_iter().map(|(_, finding)| finding).collect();
    report.findings.append(&mut missing);
}

fn is_about(finding: &Finding, name: &str) -> bool {
    finding.path.strip_prefix('/') == Some(name)
}

/// A finding of the mapping in this module's words.
fn ours(finding: &mapping::Finding) -> Finding {
    let path = finding.path();
    let name = path.split('/').nth(1).map(pointer::name);
    let tag = name.as_deref().and_then(tag);
    let kind = tag.map(|tag| &tag.kind);
    let code = match (finding.code().as_str(), kind) {
        ("other_version", _) => Code::V1Member,
        ("invalid_type", _) if finding.severity() == Severity::Warning => Code::TypeMismatch,
        ("invalid_type" | "too_short", Some(Kind::Id)) => Code::InvalidFormat,
        ("invalid_format", Some(Kind::List { .. })) => Code::InvalidEnum,
        (code, _) => Code::named(code),
    };
    Finding {
        code,
        tier: (!path.is_empty()).then(|| tag.map_or(Tier::Specialized, |tag| tag.tier)),
        path: path.to_owned().into(),
        message: match kind {
            Some(kind) => kind.message(code),
            None => code.message(),
        },
    }
}
