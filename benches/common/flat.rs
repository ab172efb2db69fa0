//! A flat payload as a mapping has it: renames, words and stand-ins over the payloads of the contribution form.

use cutover::mapping::{Call, Definition, Hooks, Mapping};

/// Like the form: a member in three has another name, another spelling of its values, or a stand-in. Under the policy
/// `nothing` no stand-in is written, so that there is nothing to report.
const DEFINITION: &str = r##"{
  "name": "flat", "policies": ["unknowns", "nothing"],
  "from": {"version": "v1", "schema": {
    "type": "object", "required": ["lat", "lng"],
    "properties": {
      "lat": {"type": "number", "minimum": -90, "maximum": 90},
      "lng": {"type": "number", "minimum": -180, "maximum": 180},
      "name": {"type": "string", "maxLength": 255},
      "hours": {"type": "string", "maxLength": 255},
      "accessible": {"type": "boolean"},
      "wheelchair": {"enum": ["limited", "designated", "no", "unknown"]},
      "fee": {"type": ["number", "string"]},
      "charge": {"type": "string", "maxLength": 255},
      "payment_contactless": {"type": "boolean"},
      "changing_table": {"enum": [true, false, "yes", "no", "limited"]},
      "level": {"type": ["string", "number"]},
      "male": {"enum": ["yes", "no"]},
      "female": {"enum": ["yes", "no", "only"]},
      "unisex": {"enum": [true, "yes", "no"]},
      "description": {"type": "string", "maxLength": 1000},
      "operator": {"type": "string", "maxLength": 255},
      "check_date": {"type": "string", "format": "date"},
      "toilets:disposal": {"enum": ["flush", "chemical", "pitlatrine"]},
      "toilets:position": {"type": "string"},
      "building:levels": {"type": ["string", "number"]},
      "note": {"type": "string"}, "layer": {"type": ["string", "number"]},
      "addr:street": {"type": "string"}, "addr:postcode": {"type": "string"},
      "website": {"type": "string"}, "fixme": {"type": "string"}
    }
  }},
  "to": {"version": "v2", "first": ["@id", "amenity"], "schema": {
    "type": "object", "required": ["lat", "lng"],
    "properties": {
      "@id": {"type": "string"},
      "amenity": {"enum": ["toilets"]},
      "access": {"enum": ["yes", "no", "unknown"]},
      "lat": {"type": "number", "minimum": -90, "maximum": 90},
      "lng": {"type": "number", "minimum": -180, "maximum": 180},
      "name": {"type": "string", "maxLength": 255},
      "opening_hours": {"type": "string", "maxLength": 255},
      "step_free": {"enum": ["yes", "no"]},
      "wheelchair": {"enum": ["limited", "designated", "no", "unknown"]},
      "fee": {"type": ["number", "string"]},
      "charge": {"type": "string", "maxLength": 255},
      "payment:contactless": {"enum": ["yes", "no"]},
      "changing_table": {"enum": ["yes", "no", "limited"]},
      "level": {"type": ["string", "number"]},
      "male": {"enum": ["yes", "no"]},
      "female": {"enum": ["yes", "no", "only"]},
      "unisex": {"enum": ["yes", "no"]},
      "description": {"type": "string", "maxLength": 1000},
      "operator": {"type": "string", "maxLength": 255},
      "check_date": {"type": "string", "format": "date"},
      "disposal": {"enum": ["flush", "chemical", "pitlatrine"]},
      "position": {"type": "string"},
      "building:levels": {"type": ["string", "number"]},
      "note": {"type": "string"}, "layer": {"type": ["string", "number"]},
      "addr:street": {"type": "string"}, "addr:postcode": {"type": "string"},
      "website": {"type": "string"}, "fixme": {"type": "string"}
    }
  }},
  "rules": {
    "hours": {"to": "opening_hours", "absent_by": {"unknowns": "unknown"}},
    "accessible": {"to": "step_free", "words": [[true, "yes"], [false, "no"]]},
    "wheelchair": {"words": [["limited", "limited"], ["designated", "designated"], ["no", "no"], ["unknown", "unknown"]],
                   "absent_by": {"unknowns": "unknown"}},
    "payment_contactless": {"to": "payment:contactless", "words": [[true, "yes"], [false, "no"]]},
    "changing_table": {"words": [["yes", "yes"], ["no", "no"], [true, "yes"], [false, "no"]], "lost": "true and yes are one"},
    "unisex": {"words": [["yes", "yes"], [true, "yes"]], "lost": "true and yes are one"},
    "toilets:disposal": {"to": "disposal"},
    "toilets:position": {"to": "position"}
  },
  "added": {
    "@id": {"drop": "v1 has it elsewhere"},
    "amenity": {"absent_by": {"unknowns": "toilets"}, "drop": "v1 has nothing else"},
    "access": {"absent_by": {"unknowns": "unknown"}, "drop": "v1 does not ask"}
  }
}"##;

pub fn mapping() -> Mapping {
    let definition = Definition::from_json(DEFINITION).unwrap();
    Mapping::compile(definition, &Hooks::new()).unwrap()
}

/// Nothing is written for what is absent.
pub fn quiet() -> Call<'static> {
    Call::new().policy("nothing")
}

/// Payloads that this mapping has nothing to report of.
pub fn payloads(mapping: &Mapping, count: usize) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    let quietly = |payload: &Vec<u8>| {
        out.clear();
        let report = mapping.upgrade(payload, &quiet(), &mut out);
        report.is_ok_and(|report| report.findings().is_empty())
    };
    cutover_testkit::generator::Payloads::seeded(42)
        .clean()
        .map(|(_, payload)| payload.into_bytes())
        .filter(quietly)
        .take(count)
        .collect()
}

/// What they are upgraded to.
pub fn upgraded(mapping: &Mapping, payloads: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let upgrade = |payload: &Vec<u8>| {
        let mut out = Vec::new();
        mapping.upgrade(payload, &quiet(), &mut out).unwrap();
        out
    };
    payloads.iter().map(upgrade).collect()
}
