//! When an input was captured: which timestamps show it, and whose clock is not believed.

use rulebox_core::{Bound, BoundBy};

use super::*;

/// A moment that no timestamp of a good clock has.
const FUTURE: &str = "2099-01-01T00:00:00Z";

const CREATED: &str = "2024-05-01T08:00:00Z";

/// Compares time, field and object of the witness.
#[track_caller]
fn check(text: &str, want: Option<(&str, &str, &str)>) {
    let reading = read_bytes(text);
    let witness = reading.witness.map(|it| (it.time.to_string(), it.field, it.object));
    let witness = witness
        .as_ref()
        .map(|(time, field, object)| (time.as_str(), field.as_str(), object.as_str()));
    assert_eq!(witness, want, "{text}");
}

/// The same for an object, alone and in a list, in JSON and in YAML, written in several ways.
#[track_caller]
fn check_object(object: &Value, want: (&str, &str, &str)) {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [object]});
    for value in [object, &list] {
        check(&value.to_string(), Some(want));
        for flow_from in [0, 2, 5] {
            check(&yaml(value, Style { flow_from, ..Style::default() }), Some(want));
        }
    }
}

/// An object that was created, with these entries at the top.
fn object(api_version: &str, kind: &str, entries: Value) -> Value {
    let metadata = json!({"creationTimestamp": CREATED, "name": "x", "namespace": "a"});
    let mut object = json!({"apiVersion": api_version, "kind": kind, "metadata": metadata});
    merge(&mut object, entries);
    object
}

fn merge(object: &mut Value, entries: Value) {
    match (object, entries) {
        (Value::Object(own), Value::Object(entries)) => {
            for (key, value) in entries {
                merge(own.entry(key).or_insert(Value::Null), value);
            }
        }
        (object, value) => *object = value,
    }
}

/// Where nobody knows who wrote a timestamp, it shows nothing.
#[track_caller]
fn check_nothing(api_version: &str, kind: &str, entries: Value) {
    let object = object(api_version, kind, entries);
    check_object(&object, (CREATED, "creationTimestamp", &format!("{kind} a/x")));
}

/// What the cluster wrote shows it.
#[track_caller]
fn check_shown(api_version: &str, kind: &str, entries: Value, field: &str) {
    let object = object(api_version, kind, entries);
    check_object(&object, ("2024-05-02T08:00:00Z", field, &format!("{kind} a/x")));
}

#[test]
fn what_people_write_into_metadata_shows_nothing() {
    for metadata in [
        json!({"annotations": {"lastTransitionTime": FUTURE, "creationTimestamp": FUTURE}}),
        json!({"labels": {"renewTime": FUTURE}}),
        json!({"deletionTimestamp": FUTURE}),
        json!({"ownerReferences": [{"time": FUTURE, "creationTimestamp": FUTURE}]}),
        json!({"managedFields": [{"fieldsV1": {"time": FUTURE, "f:time": {"time": FUTURE}}}]}),
        json!({"managedFields": {"time": FUTURE}}),
    ] {
        check_nothing("v1", "Pod", json!({"metadata": metadata}));
    }
}

#[test]
fn a_spec_shows_nothing() {
    check_nothing("v1", "Pod", json!({"spec": {"startTime": FUTURE}}));
    let template = json!({"metadata": {"creationTimestamp": FUTURE}, "status": {"time": FUTURE}});
    check_nothing("apps/v1", "Deployment", json!({"spec": {"template": template}}));
    check_nothing("batch/v1", "CronJob", json!({"spec": {"lastScheduleTime": FUTURE}}));
    check_nothing("coordination.k8s.io/v1", "Lease", json!({"spec": {"eventTime": FUTURE}}));
    check_nothing("velero.io/v1", "Backup", json!({"spec": {"renewTime": FUTURE}}));
}

#[test]
fn data_show_nothing() {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [pod("a", "inner")]});
    let list = list.to_string().replace(CREATED, FUTURE);
    for text in [FUTURE, &list, &format!("a: 1\n---\n{list}\n")] {
        check_nothing("v1", "ConfigMap", json!({"data": {"lastTimestamp": text, "time": text}}));
        check_nothing("v1", "Secret", json!({"stringData": {"renewTime": text}}));
    }
    check_nothing("v1", "Pod", json!({"eventTime": FUTURE, "time": FUTURE}));
}

#[test]
fn the_conditions_of_unknown_controllers_show_nothing() {
    let status = json!({"conditions": [{"lastTransitionTime": FUTURE}], "startTime": FUTURE});
    for (api_version, kind) in [
        ("example.org/v1", "Thing"),
        ("stork.libopenstorage.org/v1alpha1", "BackupLocation"),
        ("argoproj.io/v1alpha1", "Application"),
        ("example.org/v1", "Lease"),
        ("example.org/v1", "Node"),
    ] {
        check_nothing(api_version, kind, json!({"status": status}));
    }
    check_nothing("v1", "Event", json!({"status": status}));
    check_nothing("coordination.k8s.io/v1", "Lease", json!({"status": {"renewTime": FUTURE}}));
    let not_past = json!({"expiration": FUTURE, "time": FUTURE, "creationTimestamp": FUTURE});
    check_nothing("velero.io/v1", "Backup", json!({"status": not_past}));
}

#[test]
fn the_api_server_tells_of_all_kinds() {
    let changes = json!([{"time": "2024-05-02T08:00:00Z"}, {"time": CREATED}, {"manager": "x"}]);
    for (api_version, kind) in [("v1", "ConfigMap"), ("example.org/v1", "Thing")] {
        let metadata = json!({"managedFields": changes});
        check_shown(api_version, kind, json!({"metadata": metadata}), "managedFields[].time");
    }
}

#[test]
fn known_controllers_tell_in_a_status() {
    const TIME: &str = "2024-05-02T08:00:00Z";
    let conditions = json!({"conditions": [{"lastTransitionTime": TIME}]});
    for (api_version, kind, status, field) in [
        ("v1", "Pod", json!({"startTime": TIME}), "startTime"),
        ("v1", "Pod", json!({"a": [{"state": {"running": {"startedAt": TIME}}}]}), "startedAt"),
        ("apps/v1", "Deployment", conditions.clone(), "lastTransitionTime"),
        ("extensions/v1beta1", "Deployment", conditions.clone(), "lastTransitionTime"),
        ("batch/v1", "Job", json!({"completionTime": TIME}), "completionTime"),
        ("batch/v1", "CronJob", json!({"lastSuccessfulTime": TIME}), "lastSuccessfulTime"),
        ("velero.io/v1", "Backup", json!({"startTimestamp": TIME}), "startTimestamp"),
        ("policy/v1", "PodDisruptionBudget", conditions.clone(), "lastTransitionTime"),
        ("csdr.alibabacloud.com/v1beta1", "ApplicationBackup", conditions, "lastTransitionTime"),
    ] {
        check_shown(api_version, kind, json!({"status": status}), field);
    }
}

#[test]
fn events_and_leases_have_times_of_their_own() {
    const TIME: &str = "2024-05-02T08:00:00Z";
    for api_version in ["v1", "events.k8s.io/v1"] {
        for field in [
            "firstTimestamp",
            "lastTimestamp",
            "eventTime",
            "deprecatedFirstTimestamp",
            "deprecatedLastTimestamp",
        ] {
            check_shown(api_version, "Event", json!({field: TIME}), field);
        }
        let series = json!({"series": {"lastObservedTime": TIME, "a": FUTURE}});
        check_shown(api_version, "Event", series, "lastObservedTime");
    }
    for field in ["renewTime", "acquireTime"] {
        let spec = json!({"spec": {field: TIME}});
        check_shown("coordination.k8s.io/v1", "Lease", spec, field);
    }
}

#[test]
fn fractions_and_offsets() {
    let with = |time: &str| json!({"metadata": {"creationTimestamp": time}});
    for (time, want) in [
        ("2024-05-02T08:00:00.123456Z", "2024-05-02T08:00:00.123456Z"),
        ("2024-05-02T10:00:00+02:00", "2024-05-02T08:00:00Z"),
    ] {
        let object = object("v1", "Node", with(time));
        check_object(&object, (want, "creationTimestamp", "Node a/x"));
    }
    for time in ["1970-01-01T00:00:00Z", "@now-5m", "2024-13-01T08:00:00Z", "2024-05-01", ""] {
        check(&object("v1", "Pod", with(time)).to_string(), None);
    }
    check("{\"creationTimestamp\":\"2024-05-01T08:00:00Z\",\"metadata\":1}", None);
}

/// A node that beats at this second after eight, and its Lease.
fn node(name: &str, second: u32) -> [Value; 2] {
    let time = |minute: u32| format!("2024-05-03T08:{minute:02}:{second:02}Z");
    let condition = json!({"type": "Ready", "lastHeartbeatTime": time(0)});
    let mut node = object("v1", "Node", json!({"status": {"conditions": [condition]}}));
    let spec = json!({"renewTime": time(4), "holderIdentity": name});
    let mut lease = object("coordination.k8s.io/v1", "Lease", json!({"spec": spec}));
    (node["metadata"]["name"], lease["metadata"]["name"]) = (name.into(), name.into());
    lease["metadata"]["namespace"] = "kube-node-lease".into();
    [node, lease]
}

/// A pod on a node that was started then.
fn started(name: &str, node: &str, at: &str) -> Value {
    let mut pod = pod("a", name);
    pod["spec"]["nodeName"] = node.into();
    pod["status"]["startTime"] = at.into();
    pod
}

/// Three nodes and some pods, of which one was started in the future.
fn with_a_clock_ahead() -> Vec<Value> {
    let mut objects: Vec<_> = ["n1", "n2", "n3"]
        .into_iter()
        .zip(7..)
        .flat_map(|(name, second)| node(name, second))
        .collect();
    objects.push(started("late", "n4", "2027-01-01T00:00:00Z"));
    objects.extend((0..4).map(|it| started(&format!("p{it}"), &format!("n{it}"), CREATED)));
    objects
}

fn list(items: &[Value]) -> Value {
    json!({"apiVersion": "v1", "kind": "List", "items": items})
}

#[test]
fn a_clock_ahead_is_told_and_does_not_count() {
    let reading = read_bytes(list(&with_a_clock_ahead()).to_string());
    let witness = reading.witness.as_ref().expect("a witness");
    assert_eq!(
        (witness.time.to_string().as_str(), witness.field.as_str(), witness.object.as_str()),
        ("2024-05-03T08:04:09Z", "renewTime", "Lease kube-node-lease/n3")
    );
    let Bound { time, by } = reading.latest.clone().expect("what beats");
    assert_eq!(time.to_string(), "2024-05-03T08:14:19Z");
    assert_eq!(by, BoundBy::Beat(witness.clone()));
    assert_eq!(
        words(&reading),
        ["told :: the clock of node n4 is ahead of all others: startTime of Pod a/late is \
          2027-01-01T00:00:00Z; it does not count for ages"]
    );
    assert_eq!(reading.ahead.len(), 1);
}

#[test]
fn a_clock_ahead_is_told_of_the_input_that_holds_it() {
    let (late, others): (Vec<_>, Vec<_>) =
        with_a_clock_ahead().into_iter().partition(|it| it["metadata"]["name"] == "late");
    let sources = [("others", others), ("late", late)];
    let sources = sources.map(|(name, objects)| stream(name, list(&objects).to_string()));
    let reading = read(sources.into());
    let told = reading.inputs.iter().map(|it| (it.name.as_str(), it.problems.len()));
    assert_eq!(told.collect::<Vec<_>>(), [("others", 0), ("late", 1)]);
    assert_eq!(reading.ahead[0].input, "late");
}

#[test]
fn whose_clock_it_is_stands_in_the_object() {
    #[track_caller]
    fn check(ahead: Value, want: &str) {
        let mut objects = with_a_clock_ahead();
        objects.retain(|it| it["metadata"]["name"] != "late");
        objects.push(ahead);
        let reading = read_bytes(list(&objects).to_string());
        let ahead: Vec<_> = reading.ahead.iter().map(|it| it.clock.to_string()).collect();
        assert_eq!(ahead, [want]);
    }
    let lease = object("coordination.k8s.io/v1", "Lease", json!({"spec": {"renewTime": FUTURE}}));
    check(lease, "the controllers of coordination.k8s.io");
    let [mut node, mut lease] = node("n9", 0);
    node["status"]["conditions"][0]["lastHeartbeatTime"] = FUTURE.into();
    check(node, "node n9");
    lease["spec"]["renewTime"] = FUTURE.into();
    check(lease, "node n9");
    check(started("late", "", FUTURE), "the controllers of core kinds");
    let status = json!({"status": {"completionTimestamp": FUTURE}});
    check(object("velero.io/v1", "Backup", status), "the controllers of velero.io");
    let created = json!({"metadata": {"creationTimestamp": FUTURE}});
    check(object("example.org/v1", "Thing", created), "the API server");
    for (event, want) in [
        (json!({"source": {"component": "kubelet", "host": "n9"}}), "node n9"),
        (json!({"deprecatedSource": {"component": "kubelet", "host": "n9"}}), "node n9"),
        (json!({"reportingComponent": "kubelet", "reportingInstance": "n9"}), "node n9"),
        (json!({"reportingController": "csdr", "reportingInstance": "csdr-0"}), "csdr-0"),
        (json!({"source": {"component": "csdr-controller"}}), "csdr-controller"),
        (json!({"reportingComponent": "csdr"}), "csdr"),
        (json!({}), "the controllers of core kinds"),
    ] {
        for api_version in ["v1", "events.k8s.io/v1"] {
            let mut event = object(api_version, "Event", event.clone());
            event["lastTimestamp"] = FUTURE.into();
            check(event, want);
        }
    }
}

#[test]
fn neither_windows_nor_threads_show() {
    let objects = with_a_clock_ahead();
    windows::check(list(&objects).to_string());
    windows::check(yaml(&list(&objects), Style::default()));
    let documents = objects.iter().map(|it| yaml(it, Style::default()));
    windows::check(documents.collect::<Vec<_>>().join("---\n"));
    let reversed: Vec<_> = objects.into_iter().rev().collect();
    windows::check(yaml(&list(&reversed), Style::default()));
}

#[test]
fn a_block_that_seems_to_begin_in_a_template_leaves_nothing_behind() {
    let claim = |name: &str| {
        let claim = json!({"metadata": {"name": name}});
        let mut claim = object("v1", "PersistentVolumeClaim", claim);
        claim["metadata"]["creationTimestamp"] = FUTURE.into();
        claim
    };
    let claims: Vec<_> = ["a", "b", "c", "d"].map(claim).into();
    let mut objects = Vec::new();
    for second in 0..4 {
        let spec = json!({"spec": {"volumeClaimTemplates": claims}});
        objects.push(object("apps/v1", "StatefulSet", spec));
        let mut pod = pod("a", &format!("p{second}"));
        pod["metadata"]["creationTimestamp"] = format!("2024-05-01T08:00:0{second}Z").into();
        objects.push(pod);
    }
    windows::check(list(&objects).to_string());
}

#[test]
fn the_order_of_objects_and_inputs_does_not_show() {
    let mut objects = with_a_clock_ahead();
    // Many times are equal.
    objects.extend((0..9).map(|it| started(&format!("q{it}"), "n1", "2024-05-03T08:04:09Z")));
    let of = |reading: Reading| (reading.witness, reading.latest, reading.ahead);
    let want = of(read(vec![stream("a", list(&objects).to_string())]));
    assert_eq!(want.2.len(), 1);
    for turn in 0..objects.len() {
        objects.rotate_left(1);
        if turn % 2 == 0 {
            objects.reverse();
        }
        assert_eq!(of(read(vec![stream("a", list(&objects).to_string())])), want);
        let (one, other) = objects.split_at(turn);
        let inputs = [one, other].map(|it| stream("a", yaml(&list(it), Style::default())));
        assert_eq!(of(read(inputs.into())), want);
    }
}

/// A tar file whose entries were written so many seconds after 1970.
fn tar(files: &[(&str, u64, String)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, written, text) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(*written);
        builder.append_data(&mut header, path, text.as_bytes()).expect("an entry");
    }
    builder.into_inner().expect("an archive")
}

fn zip(path: &str, written: Option<u32>, text: &str) -> Vec<u8> {
    let mut options = zip::write::FullFileOptions::default();
    if written.is_some() {
        options = options.with_extended_timestamp(written, None, None).expect("a timestamp");
    }
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file(path, options).expect("an entry");
    std::io::Write::write_all(&mut writer, text.as_bytes()).expect("its bytes");
    writer.finish().expect("an archive").into_inner()
}

#[test]
fn an_archive_tells_that_it_was_not_captured_later() {
    #[track_caller]
    fn check(sources: Vec<Source>, want: Option<(&str, &str, &str)>) {
        let latest = read(sources).latest.map(|it| match it.by {
            BoundBy::Entry { input, place } => (it.time.to_string(), input, place),
            BoundBy::Beat(_) | BoundBy::Bundle => panic!("nothing beats"),
        });
        let latest = latest.as_ref().map(|it| (it.0.as_str(), it.1.as_str(), it.2.as_str()));
        assert_eq!(latest, want);
    }
    // The second after a pod was created, and an hour after.
    const THEN: u64 = 1_714_550_401;
    let text = |name: &str| yaml(&pod("a", name), Style::default());
    let files = |one, other| {
        let none = ("notes.txt", THEN + 7200, "nothing".to_owned());
        tar(&[("x.yaml", one, text("x")), ("y.yaml", other, text("y")), none])
    };
    let both = files(THEN, THEN + 3600);
    let last = Some(("2024-05-01T09:00:01Z", "dump", "y.yaml"));
    check(vec![stream("dump", &both)], last);
    check(vec![stream("dump", archives::gz(&both))], last);
    check(vec![stream("dump", files(THEN + 3600, THEN))], last.map(|it| (it.0, it.1, "x.yaml")));
    // Before the pod was created; never; in the same year for everybody.
    check(vec![stream("dump", files(THEN - 3600, THEN - 3600))], None);
    check(vec![stream("dump", files(THEN, 0))], None);
    check(vec![stream("dump", files(315_532_800, 315_532_800))], None);
    // Of an archive in it, the entry that holds the archive.
    let mut outer = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    let inner = files(0, 0);
    header.set_size(inner.len() as u64);
    header.set_mtime(THEN + 60);
    outer.append_data(&mut header, "in.tar", inner.as_slice()).expect("an entry");
    let outer = outer.into_inner().expect("an archive");
    check(vec![stream("dump", outer)], Some(("2024-05-01T08:01:01Z", "dump", "in.tar/x.yaml")));
    // What stands beside the archive may be newer.
    check(vec![stream("dump", &both), stream("z", text("z"))], None);
    check(vec![stream("z", text("z")), stream("dump", &both)], None);
    check(vec![stream("z", text("z"))], None);
    let written = u32::try_from(THEN).expect("before 2106");
    let last = Some(("2024-05-01T08:00:01Z", "dump", "x.yaml"));
    check(vec![stream("dump", zip("x.yaml", Some(written), &text("x")))], last);
    check(vec![stream("dump", zip("x.yaml", None, &text("x")))], None);
}
