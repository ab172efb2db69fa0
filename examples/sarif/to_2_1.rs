//! A run of SARIF 1.0 as one of 2.1: what was found by key is found by index.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Error, from_str};

use super::logical::Listed;
use super::object::{Object, list, part, quoted, string, wrap};
use super::runs::Losses;

/// The algorithms whose names 2.1 spells otherwise.
pub(crate) const ALGORITHMS: [(&str, &str); 4] = [
    ("sha1", "sha-1"),
    ("sha256", "sha-256"),
    ("sha384", "sha-384"),
    ("sha512", "sha-512"),
];

pub(crate) fn run(mut run: Object, losses: &mut Losses) -> Result<Object, Error> {
    let rules: Option<Object> = part(&mut run, "rules")?;
    let files: Option<Object> = part(&mut run, "files")?;
    let places: Option<Object> = part(&mut run, "logicalLocations")?;
    let invocation: Option<Object> = part(&mut run, "invocation")?;
    let results: Option<Vec<Object>> = part(&mut run, "results")?;

    tool(&mut run, rules.as_ref(), losses)?;
    let mut artifacts = Vec::new();
    for (uri, file) in files.iter().flat_map(|files| &files.0) {
        artifacts.push(artifact(uri, from_str(file)?)?);
    }
    if let Some(invocation) = invocation {
        run.put("invocations", list([invoked(invocation, &mut artifacts)?]));
    }
    if files.is_some() || !artifacts.is_empty() {
        run.put("artifacts", list(artifacts.iter().map(Object::text)));
    }
    let mut places = Listed::new(places)?;
    if let Some(results) = results {
        let keys: HashMap<&str, usize> = rules
            .iter()
            .flat_map(|rules| &rules.0)
            .enumerate()
            .map(|(i, (key, _))| (key.as_str(), i))
            .collect();
        let mut converted = Vec::new();
        for (i, one) in results.into_iter().enumerate() {
            converted.push(result(one, i, &keys, &mut places, losses)?.text());
        }
        run.put("results", list(converted));
    }
    if places.there {
        run.put("logicalLocations", list(places.all()));
    }
    if run.get("columnKind").is_none() {
        run.put("columnKind", quoted("utf16CodeUnits"));
    }
    Ok(run)
}

fn tool(run: &mut Object, rules: Option<&Object>, losses: &mut Losses) -> Result<(), Error> {
    let tool: Option<Object> = part(run, "tool")?;
    if tool.is_none() && rules.is_none() {
        return Ok(());
    }
    let mut driver = tool.unwrap_or_default();
    if driver.take("language").is_some() {
        losses.add(
            "tool/language",
            "2.1 knows the language of a run, not of its tool",
        );
    }
    if let Some(rules) = rules {
        let rules: Result<Vec<_>, Error> = rules
            .0
            .iter()
            .map(|(_, one)| rule(from_str(one)?))
            .collect();
        driver.put("rules", list(rules?));
    }
    run.put("tool", Object::of([("driver", driver.text())]).text());
    Ok(())
}

fn rule(mut rule: Object) -> Result<String, Error> {
    for name in ["shortDescription", "fullDescription"] {
        rule.turn(name, name, |text| wrap("text", text));
    }
    if let Some(formats) = part::<Object>(&mut rule, "messageFormats")? {
        let formats = formats
            .0
            .into_iter()
            .map(|(id, text)| (id, wrap("text", &text).unwrap_or(text)));
        rule.put("messageStrings", Object(formats.collect()).text());
    }
    let mut configuration = Object::default();
    // It is enabled unless it says otherwise.
    match rule.take_string("configuration").as_deref() {
        Some("disabled") => configuration.put("enabled", "false"),
        Some("enabled") | None => {}
        Some(other) => rule.put("configuration", quoted(other)),
    }
    configuration.put_some("level", rule.take("defaultLevel"));
    if !configuration.0.is_empty() {
        rule.put("defaultConfiguration", configuration.text());
    }
    Ok(rule.text())
}

fn artifact(uri: &str, mut file: Object) -> Result<Object, Error> {
    let mut location = Object::of([("uri", quoted(uri))]);
    location.put_some("uriBaseId", file.take("uriBaseId"));
    // Bytes in base64; of a file that is text, 2.1 has the text.
    let is_text = file
        .string("mimeType")
        .is_some_and(|kind| kind.starts_with("text/"));
    file.turn("contents", "contents", |contents| {
        let bytes = string(contents)
            .filter(|_| is_text)
            .and_then(|text| STANDARD.decode(text).ok());
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        match text {
            Some(text) => Some(Object::of([("text", quoted(&text))]).text()),
            None => wrap("binary", contents),
        }
    });
    if let Some(hashes) = part::<Vec<Object>>(&mut file, "hashes")? {
        let mut named = Object::default();
        for hash in hashes {
            let algorithm = hash.string("algorithm").unwrap_or_default();
            let known = ALGORITHMS.iter().find(|(old, _)| *old == algorithm);
            named.put(
                known.map_or(algorithm.as_str(), |(_, new)| new),
                hash.get("value").unwrap_or("null"),
            );
        }
        file.put("hashes", named.text());
    }
    file.0.insert(0, ("location".to_owned(), location.text()));
    Ok(file)
}

/// Response files are artifacts, after the run's own.
fn invoked(mut invocation: Object, artifacts: &mut Vec<Object>) -> Result<String, Error> {
    if let Some(files) = part::<Object>(&mut invocation, "responseFiles")? {
        let mut references = Vec::new();
        for (uri, contents) in files.0 {
            let index = artifacts.len().to_string();
            let location = Object::of([("uri", quoted(&uri)), ("index", index)]).text();
            let mut file = Object::of([("location", location.clone())]);
            file.put_some("contents", wrap("text", &contents));
            artifacts.push(file);
            references.push(location);
        }
        invocation.put("responseFiles", list(references));
    }
    for (old, new) in [("startTime", "startTimeUtc"), ("endTime", "endTimeUtc")] {
        invocation.turn(old, new, |time| {
            Some(
                match string(time)
                    .as_deref()
                    .and_then(|time| time.strip_suffix('Z'))
                {
                    Some(time) if !time.contains('.') => quoted(&format!("{time}.000Z")),
                    _ => time.to_owned(),
                },
            )
        });
    }
    invocation.turn("fileName", "executableLocation", |path| wrap("uri", path));
    invocation.turn("workingDirectory", "workingDirectory", |path| {
        wrap("uri", path)
    });
    if invocation.get("executionSuccessful").is_none() {
        invocation.put("executionSuccessful", "true");
    }
    Ok(invocation.text())
}

fn result(
    mut result: Object,
    i: usize,
    rules: &HashMap<&str, usize>,
    places: &mut Listed,
    losses: &mut Losses,
) -> Result<Object, Error> {
    let at = format!("results/{i}");
    let key = result.take_string("ruleKey");
    let id = result.string("ruleId");
    match key
        .as_ref()
        .or(id.as_ref())
        .and_then(|key| rules.get(key.as_str()))
    {
        Some(index) => result.put("ruleIndex", index.to_string()),
        None if key.is_some() && key != id => losses.add(
            format_args!("{at}/ruleKey"),
            "the run has no rule of this key",
        ),
        None => {}
    }
    message(&mut result)?;
    if let Some(level) = result
        .string("level")
        .filter(|level| level == "pass" || level == "notApplicable")
    {
        result.put("kind", quoted(&level));
        result.put("level", quoted("none"));
    }
    result.turn("baselineState", "baselineState", |state| {
        (state == r#""existing""#).then(|| quoted("unchanged"))
    });
    if let Some(states) = part::<Vec<String>>(&mut result, "suppressionStates")? {
        let kinds = states.iter().map(|state| match state.as_str() {
            "suppressedExternally" => "external",
            "suppressedInSource" => "inSource",
            other => other,
        });
        result.put(
            "suppressions",
            list(kinds.map(|kind| Object::of([("kind", quoted(kind))]).text())),
        );
    }
    let mut snippet = result.take("snippet");
    if let Some(locations) = part::<Vec<Object>>(&mut result, "locations")? {
        let mut converted = Vec::new();
        for (k, mut location) in locations.into_iter().enumerate() {
            let at = format!("{at}/locations/{k}");
            places.refer(&mut location, &at, losses);
            let mut target: Option<Object> = part(&mut location, "analysisTarget")?;
            if let Some(file) = part::<Object>(&mut location, "resultFile")? {
                if let Some(target) = target.replace(file) {
                    analyzed(&mut result, &target, &at, losses);
                }
            }
            if let Some(target) = target {
                location.put("physicalLocation", physical(target, &mut snippet)?);
            }
            converted.push(location.text());
        }
        result.put("locations", list(converted));
    }
    if snippet.is_some() {
        losses.add(
            format_args!("{at}/snippet"),
            "2.1 has snippets in regions, and no location of this result has one",
        );
    }
    if let Some(related) = part::<Vec<Object>>(&mut result, "relatedLocations")? {
        let mut converted = Vec::new();
        for (k, mut location) in related.into_iter().enumerate() {
            places.refer(&mut location, &format!("{at}/relatedLocations/{k}"), losses);
            location.turn("message", "message", |text| wrap("text", text));
            if let Some(file) = part(&mut location, "physicalLocation")? {
                location.put("physicalLocation", physical(file, &mut None)?);
            }
            converted.push(location.text());
        }
        result.put("relatedLocations", list(converted));
    }
    Ok(result)
}

/// 1.0 says for each location what was analysed, 2.1 for the whole result.
fn analyzed(result: &mut Object, target: &Object, at: &str, losses: &mut Losses) {
    let place = target.0.iter().filter(|(name, _)| name.starts_with("uri"));
    let place = Object(place.cloned().collect()).text();
    if target.get("region").is_some()
        || result
            .get("analysisTarget")
            .is_some_and(|known| known != place)
    {
        losses.add(
            format_args!("{at}/analysisTarget"),
            "2.1 has one analysis target for a result, without a region",
        );
    }
    if result.get("analysisTarget").is_none() {
        result.put("analysisTarget", place);
    }
}

fn message(result: &mut Object) -> Result<(), Error> {
    let mut message = Object::default();
    message.put_some("text", result.take("message"));
    if let Some(formatted) = part::<Object>(result, "formattedRuleMessage")? {
        for (name, value) in formatted.0 {
            message.put(if name == "formatId" { "id" } else { &name }, value);
        }
    }
    if !message.0.is_empty() {
        result.put("message", message.text());
    }
    Ok(())
}

/// The snippet goes to the first region there is.
fn physical(mut file: Object, snippet: &mut Option<String>) -> Result<String, Error> {
    let (place, rest) = file
        .0
        .drain(..)
        .partition(|(name, _)| name.starts_with("uri"));
    let mut physical = Object(rest);
    physical.put("artifactLocation", Object(place).text());
    if let Some(mut region) = part::<Object>(&mut physical, "region")? {
        region.turn("offset", "byteOffset", |offset| Some(offset.to_owned()));
        region.turn("length", "byteLength", |length| Some(length.to_owned()));
        // A length is counted from the start of the file unless an offset is given.
        if region.get("byteLength").is_some() && region.get("byteOffset").is_none() {
            region.put("byteOffset", "0");
        }
        if let Some(text) = snippet.take() {
            region.put("snippet", wrap("text", &text).unwrap_or(text));
        }
        physical.put("region", region.text());
    }
    Ok(physical.text())
}
