//! A shadow whose answers are documents of a mapping.

use cutover::mapping::{Definition, Hooks, Mapping};
use cutover::migration::shadow::Shadow;
use cutover::{Share, Version};

use crate::shadow::decision;

/// Documents of a mapping are compared by what they say, across versions and within one.
#[test]
fn documents_of_a_mapping_are_compared_by_what_they_say() {
    let definition = Definition::from_json(
        r#"{"name": "order", "from": {"version": "v1"}, "to": {"version": "v2"},
            "rules": {"total": {"to": "total/minor", "codec": "scale", "by": 2}}}"#,
    )
    .unwrap();
    let mapping = Mapping::compile(definition, &Hooks::new()).unwrap();
    for version in [Version::V1, Version::V2] {
        let shadow = Shadow::of_mapping(mapping.clone(), None, Vec::new())
            .noise(Share::FULL)
            .build()
            .unwrap();
        let v1 = br#"{"id":1,"total":12.5}"#.to_vec();
        let v2 = br#"{"total": {"minor": 1250.0}, "id": 1}"#.to_vec();
        let wrong = br#"{"total": {"minor": 1251}, "id": 1}"#.to_vec();
        let (one, two) = match version {
            Version::V1 => (v1.clone(), [v2.clone(), wrong]),
            _ => (
                v2.clone(),
                [v1.clone(), br#"{"total":12.51,"id":1}"#.to_vec()],
            ),
        };
        for two in two {
            let (answer, again) = (one.clone(), one.clone());
            let _ = shadow.run_with_noise(
                &decision(version),
                "user-1",
                || Ok::<_, ()>(answer),
                move || Ok::<_, ()>(two),
                move || Ok::<_, ()>(again),
            );
        }
        let seen = shadow.finish();
        assert_eq!((seen.comparisons, seen.differing), (2, 1), "{version}");
        let paths: Vec<_> = seen
            .paths
            .iter()
            .map(|path| (&*path.path, path.noise))
            .collect();
        assert_eq!(paths, [("/total/minor", 0)], "{version}");
    }
}

/// Where v1 says nothing, v2 has what its policy says: by another policy it would differ.
#[test]
fn the_policy_is_the_one_that_the_service_upgrades_with() {
    let definition = Definition::from_json(
        r#"{"name": "order", "from": {"version": "v1"}, "to": {"version": "v2"},
            "policies": ["unknowns", "legacy"],
            "added": {"gift": {"absent_by": {"unknowns": "unknown", "legacy": "no"}, "drop": "new in v2"}}}"#,
    )
    .unwrap();
    let mapping = Mapping::compile(definition, &Hooks::new()).unwrap();
    for (policy, paths) in [("legacy", &[][..]), ("unknowns", &["/gift"])] {
        let shadow = Shadow::of_mapping(mapping.clone(), Some(policy.to_owned()), Vec::new());
        let shadow = shadow.build().unwrap();
        let _ = shadow.run(
            &decision(Version::V1),
            "user-1",
            || Ok::<_, ()>(br#"{"id":1}"#.to_vec()),
            || Ok::<_, ()>(br#"{"id":1,"gift":"no"}"#.to_vec()),
        );
        let seen = shadow.finish();
        assert_eq!(seen.comparisons, 1);
        let found: Vec<_> = seen.paths.iter().map(|path| &*path.path).collect();
        assert_eq!(found, paths, "{policy}");
    }
}
