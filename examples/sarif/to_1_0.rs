//! A run of SARIF 2.1 as one of 1.0: what was found by index is found by key.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Error;

use super::logical::{Keyed, Keys, refer};
use super::object::{Object, list, part, quoted, string, unwrap};
use super::runs::Losses;
use super::to_2_1::ALGORITHMS;

pub(crate) fn run(mut run: Object, losses: &mut Losses) -> Result<Object, Error> {
    let mut artifacts: Vec<Object> = part(&mut run, "artifacts")?.unwrap_or_default();
    let had_artifacts = !artifacts.is_empty();
    let places: Option<Vec<Object>> = part(&mut run, "logicalLocations")?;
    let results: Option<Vec<Object>> = part(&mut run, "results")?;
    let rules = tool(&mut run, losses)?;

    let mut invocations: Vec<Object> = part(&mut run, "invocations")?.unwrap_or_default();
    for i in 1..invocations.len() {
        losses.add(format_args!("invocations/{i}"), "1.0 has one invocation");
    }
    invocations.truncate(1);
    let mut responses = HashSet::new();
    for invocation in invocations {
        run.put(
            "invocation",
            invoked(invocation, &artifacts, &mut responses, losses)?,
        );
    }
    let (mut files, mut seen) = (Object::default(), HashSet::new());
    for (i, file) in artifacts
        .drain(..)
        .enumerate()
        .filter(|(i, _)| !responses.contains(i))
    {
        let (uri, file) = artifact(file, i, losses)?;
        match uri.filter(|uri| seen.insert(uri.clone())) {
            Some(uri) => files.0.push((uri, file)),
            None => losses.add(
                format_args!("artifacts/{i}"),
                "1.0 knows a file by its uri, and each once",
            ),
        }
    }
    if had_artifacts && (responses.is_empty() || !files.0.is_empty()) {
        run.put("files", files.text());
    }
    let places = places.map(Keyed::new);
    if let Some(results) = results {
        let mut converted = Vec::new();
        for (i, one) in results.into_iter().enumerate() {
            converted.push(result(one, i, &rules, places.as_ref(), losses)?.text());
        }
        run.put("results", list(converted));
    }
    if let Some(places) = places {
        run.put("logicalLocations", places.by_key().text());
    }
    if run.string("columnKind").as_deref() == Some("utf16CodeUnits") {
        run.take("columnKind");
    }
    Ok(run)
}

/// The rules' keys, by index, and which there are.
fn tool(run: &mut Object, losses: &mut Losses) -> Result<(Vec<String>, Keys), Error> {
    let (mut keys, mut known) = (Vec::new(), Keys::default());
    let Some(mut tool) = part::<Object>(run, "tool")? else {
        return Ok((keys, known));
    };
    let mut driver: Object = part(&mut tool, "driver")?.unwrap_or_default();
    for (name, _) in &tool.0 {
        losses.add(
            format_args!("tool/{name}"),
            "1.0 has nothing beside the tool itself",
        );
    }
    if let Some(rules) = part::<Vec<Object>>(&mut driver, "rules")? {
        let mut by_key = Object::default();
        for one in rules {
            let key = known.give(one.string("id").unwrap_or_default());
            by_key.0.push((key.clone(), rule(one)?));
            keys.push(key);
        }
        run.put("rules", by_key.text());
    }
    run.put("tool", driver.text());
    Ok((keys, known))
}

fn rule(mut rule: Object) -> Result<String, Error> {
    for name in ["shortDescription", "fullDescription"] {
        rule.turn(name, name, |text| unwrap("text", text));
    }
    if let Some(strings) = part::<Object>(&mut rule, "messageStrings")? {
        let formats = strings
            .0
            .into_iter()
            .map(|(id, text)| (id, unwrap("text", &text).unwrap_or(text)));
        rule.put("messageFormats", Object(formats.collect()).text());
    }
    if let Some(mut configuration) = part::<Object>(&mut rule, "defaultConfiguration")? {
        rule.put_some("defaultLevel", configuration.take("level"));
        match configuration.take("enabled").as_deref() {
            Some("false") => rule.put("configuration", quoted("disabled")),
            Some("true") => rule.put("configuration", quoted("enabled")),
            _ => {}
        }
        if !configuration.0.is_empty() {
            rule.put("defaultConfiguration", configuration.text());
        }
    }
    Ok(rule.text())
}

fn artifact(
    mut file: Object,
    i: usize,
    losses: &mut Losses,
) -> Result<(Option<String>, String), Error> {
    let mut location: Object = part(&mut file, "location")?.unwrap_or_default();
    let uri = location.take_string("uri");
    location.take("index");
    for (name, value) in location.0 {
        match name.as_str() {
            "uriBaseId" => file.put(&name, value),
            _ => losses.add(
                format_args!("artifacts/{i}/location/{name}"),
                "1.0 knows a file by its uri",
            ),
        }
    }
    file.turn("contents", "contents", |contents| {
        let text = unwrap("text", contents).and_then(|text| string(&text));
        text.map(|text| quoted(&STANDARD.encode(text)))
            .or_else(|| unwrap("binary", contents))
    });
    if let Some(hashes) = part::<Object>(&mut file, "hashes")? {
        let one = |(name, value): &(String, String)| {
            let known = ALGORITHMS.iter().find(|(_, new)| new == name);
            let old = known.map_or(name.as_str(), |(old, _)| old);
            Object::of([("algorithm", quoted(old)), ("value", value.clone())]).text()
        };
        file.put("hashes", list(hashes.0.iter().map(one)));
    }
    Ok((uri, file.text()))
}

fn invoked(
    mut invocation: Object,
    artifacts: &[Object],
    responses: &mut HashSet<usize>,
    losses: &mut Losses,
) -> Result<String, Error> {
    if let Some(references) = part::<Vec<Object>>(&mut invocation, "responseFiles")? {
        let mut files = Object::default();
        for (i, reference) in references.iter().enumerate() {
            let index = reference
                .get("index")
                .and_then(|index| index.parse::<usize>().ok());
            let file = index.and_then(|index| artifacts.get(index));
            let contents = file
                .and_then(|file| file.get("contents"))
                .map(|text| unwrap("text", text));
            match (reference.string("uri"), contents) {
                (Some(uri), None) => files.put(&uri, "null"),
                (Some(uri), Some(Some(text))) => files.put(&uri, text),
                _ => losses.add(
                    format_args!("invocations/0/responseFiles/{i}"),
                    "1.0 has the text of a response file",
                ),
            }
            responses.extend(index);
        }
        invocation.put("responseFiles", files.text());
    }
    for (new, old) in [("startTimeUtc", "startTime"), ("endTimeUtc", "endTime")] {
        invocation.turn(new, old, |time| {
            Some(
                match string(time)
                    .as_deref()
                    .and_then(|time| time.strip_suffix(".000Z"))
                {
                    Some(time) => quoted(&format!("{time}Z")),
                    None => time.to_owned(),
                },
            )
        });
    }
    invocation.turn("executableLocation", "fileName", |place| {
        unwrap("uri", place)
    });
    invocation.turn("workingDirectory", "workingDirectory", |place| {
        unwrap("uri", place)
    });
    if invocation.get("executionSuccessful") == Some("true") {
        invocation.take("executionSuccessful");
    }
    Ok(invocation.text())
}

fn result(
    mut result: Object,
    i: usize,
    (rules, known): &(Vec<String>, Keys),
    places: Option<&Keyed>,
    losses: &mut Losses,
) -> Result<Object, Error> {
    let at = format!("results/{i}");
    let id = result.string("ruleId");
    match result.take("ruleIndex") {
        Some(index) => match index
            .parse::<usize>()
            .ok()
            .and_then(|index| rules.get(index))
        {
            Some(key) if id.as_ref() != Some(key) => result.put("ruleKey", quoted(key)),
            Some(_) => {}
            None => losses.add(
                format_args!("{at}/ruleIndex"),
                "the tool has no rule of this index",
            ),
        },
        None if id.is_some_and(|id| known.has(&id)) => {
            losses.add(
                format_args!("{at}/ruleId"),
                "1.0 takes it for the key of the rule, and so does the way back",
            );
        }
        None => {}
    }
    message(&mut result, &at, losses)?;
    if let Some(kind) = result.take_string("kind") {
        match kind.as_str() {
            "pass" | "notApplicable" => result.put("level", quoted(&kind)),
            "fail" => {}
            _ => losses.add(format_args!("{at}/kind"), "1.0 has no such kind of result"),
        }
    }
    result.turn("baselineState", "baselineState", |state| {
        (state == r#""unchanged""#).then(|| quoted("existing"))
    });
    if let Some(suppressions) = part::<Vec<Object>>(&mut result, "suppressions")? {
        let states = suppressions
            .iter()
            .map(|one| match one.string("kind").as_deref() {
                Some("external") => quoted("suppressedExternally"),
                _ => quoted("suppressedInSource"),
            });
        let states: Vec<_> = states.collect();
        result.put("suppressionStates", list(states));
        for (k, one) in suppressions
            .iter()
            .enumerate()
            .filter(|(_, one)| one.0.len() > 1)
        {
            let more = one
                .0
                .iter()
                .find(|(name, _)| name != "kind")
                .map_or("", |(name, _)| name);
            losses.add(
                format_args!("{at}/suppressions/{k}/{more}"),
                "1.0 has the kind of a suppression only",
            );
        }
    }
    let target = result.take("analysisTarget");
    let mut snippet = None;
    if let Some(locations) = part::<Vec<Object>>(&mut result, "locations")? {
        let mut converted = Vec::new();
        for (k, mut location) in locations.into_iter().enumerate() {
            let at = format!("{at}/locations/{k}");
            refer(&mut location, places, &at, losses)?;
            location.put_some("analysisTarget", target.as_ref().filter(|_| k == 0));
            if let Some(file) = part(&mut location, "physicalLocation")? {
                location.put("resultFile", physical(file, &mut snippet, &at, losses)?);
            }
            converted.push(location.text());
        }
        result.put("locations", list(converted));
    }
    result.put_some("snippet", snippet);
    if let Some(related) = part::<Vec<Object>>(&mut result, "relatedLocations")? {
        let mut converted = Vec::new();
        for (k, mut location) in related.into_iter().enumerate() {
            let at = format!("{at}/relatedLocations/{k}");
            refer(&mut location, places, &at, losses)?;
            location.turn("message", "message", |text| unwrap("text", text));
            if let Some(file) = part(&mut location, "physicalLocation")? {
                // It has no snippet beside it.
                let mut full = Some(String::new());
                location.put("physicalLocation", physical(file, &mut full, &at, losses)?);
            }
            converted.push(location.text());
        }
        result.put("relatedLocations", list(converted));
    }
    Ok(result)
}

fn message(result: &mut Object, at: &str, losses: &mut Losses) -> Result<(), Error> {
    let Some(mut message) = part::<Object>(result, "message")? else {
        return Ok(());
    };
    result.put_some("message", message.take("text"));
    if message.take("markdown").is_some() {
        losses.add(
            format_args!("{at}/message/markdown"),
            "1.0 has plain text only",
        );
    }
    if !message.0.is_empty() {
        let formatted = message.0.into_iter().map(|(name, value)| {
            (
                if name == "id" {
                    "formatId".into()
                } else {
                    name
                },
                value,
            )
        });
        result.put("formattedRuleMessage", Object(formatted.collect()).text());
    }
    Ok(())
}

fn physical(
    mut file: Object,
    snippet: &mut Option<String>,
    at: &str,
    losses: &mut Losses,
) -> Result<String, Error> {
    let mut place: Object = part(&mut file, "artifactLocation")?.unwrap_or_default();
    place.take("index");
    if let Some(mut region) = part::<Object>(&mut file, "region")? {
        region.turn("byteOffset", "offset", |offset| Some(offset.to_owned()));
        region.turn("byteLength", "length", |length| Some(length.to_owned()));
        if let Some(text) = region.take("snippet") {
            match (unwrap("text", &text), &snippet) {
                (Some(text), None) => *snippet = Some(text),
                _ => losses.add(
                    format_args!("{at}/physicalLocation/region/snippet"),
                    "1.0 has one snippet for a result, as text",
                ),
            }
        }
        place.put("region", region.text());
    }
    place.0.append(&mut file.0);
    Ok(place.text())
}
