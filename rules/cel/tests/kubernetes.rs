//! `../text/src/kubernetes.txt`, what is known of Kubernetes' own kinds, is what the types of
//! `k8s-openapi` read: each type is asked to read from a text that is written as it is read, so
//! that every field shows itself. `BLESS=1 cargo test -p rulebox-cel --test kubernetes` writes it.

use std::{cell::RefCell, collections::BTreeMap, env, fmt, fmt::Write as _, fs, path::Path};

use k8s_openapi::{
    Metadata, Resource,
    serde::de::{
        self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor, value::StrDeserializer,
    },
};
use serde::Deserialize;

/// The fields of each type, by its name.
type Types = BTreeMap<String, Vec<(String, String)>>;

/// The kinds, each in its newest version.
macro_rules! kinds {
    ($($($module:ident)::+: $($kind:ident),*;)*) => {
        fn all(tracer: &Tracer) -> Vec<(String, String)> {
            let mut kinds = Vec::new();
            $({
                use k8s_openapi::$($module)::+ as module;
                $(kinds.push(tracer.kind::<module::$kind>());)*
            })*
            kinds
        }
    };
}

kinds! {
    api::admissionregistration::v1: MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding,
        MutatingWebhookConfiguration, ValidatingAdmissionPolicy,
        ValidatingAdmissionPolicyBinding, ValidatingWebhookConfiguration;
    api::apps::v1: ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet;
    api::autoscaling::v2: HorizontalPodAutoscaler;
    api::batch::v1: CronJob, Job;
    api::certificates::v1: CertificateSigningRequest, ClusterTrustBundle,
        PodCertificateRequest;
    api::coordination::v1: Lease;
    api::coordination::v1beta1: LeaseCandidate;
    api::core::v1: ComponentStatus, ConfigMap, Endpoints, Event, LimitRange, Namespace, Node,
        PersistentVolume, PersistentVolumeClaim, Pod, PodTemplate, ReplicationController,
        ResourceQuota, Secret, Service, ServiceAccount;
    api::discovery::v1: EndpointSlice;
    api::events::v1: Event;
    api::flowcontrol::v1: FlowSchema, PriorityLevelConfiguration;
    api::networking::v1: IPAddress, Ingress, IngressClass, NetworkPolicy, ServiceCIDR;
    api::node::v1: RuntimeClass;
    api::policy::v1: PodDisruptionBudget;
    api::rbac::v1: ClusterRole, ClusterRoleBinding, Role, RoleBinding;
    api::resource::v1: DeviceClass, DeviceTaintRule, ResourceClaim, ResourceClaimTemplate,
        ResourceSlice;
    api::scheduling::v1: PriorityClass;
    api::scheduling::v1beta1: PodGroup, Workload;
    api::storage::v1: CSIDriver, CSINode, CSIStorageCapacity, StorageClass, VolumeAttachment,
        VolumeAttributesClass;
    api::storagemigration::v1: StorageVersionMigration;
    apiextensions_apiserver::pkg::apis::apiextensions::v1: CustomResourceDefinition;
    kube_aggregator::pkg::apis::apiregistration::v1: APIService;
}

/// What was seen of all types.
#[derive(Default)]
struct Tracer {
    types: RefCell<Types>,
    /// Names, by the name that the type gives itself and its fields: two types may have one name.
    names: RefCell<BTreeMap<(String, Vec<String>), String>>,
    /// The types that are being read, each within the one before.
    open: RefCell<Vec<String>>,
}

impl Tracer {
    fn kind<T: Resource + Metadata + for<'de> Deserialize<'de>>(&self) -> (String, String) {
        let seen = RefCell::new(String::new());
        let _read = T::deserialize(One { tracer: self, seen: &seen, text: "", any: Any::Text });
        (format!("{}/{}", T::GROUP, T::KIND), seen.into_inner())
    }

    /// The name of a type, and whether it is seen for the first time.
    fn name(&self, own: &str, fields: &[&str]) -> (String, bool) {
        let key = (own.to_owned(), fields.iter().map(|&it| it.to_owned()).collect::<Vec<_>>());
        let mut names = self.names.borrow_mut();
        if let Some(name) = names.get(&key) {
            return (name.clone(), false);
        }
        let same = names.keys().filter(|it| it.0 == own).count();
        let name = if same == 0 { own.to_owned() } else { format!("{own}{}", same + 1) };
        names.insert(key, name.clone());
        (name, true)
    }
}

/// Reads one value, and writes down of which type it is.
#[derive(Clone, Copy)]
struct One<'t> {
    tracer: &'t Tracer,
    seen: &'t RefCell<String>,
    /// What a text is, so that it can be read.
    text: &'static str,
    /// What anything is.
    any: Any,
}

#[derive(Clone, Copy)]
enum Any {
    Text,
    Bool,
    Map,
}

/// What fields of schemas are that may be several things.
const ANY: [(&str, Any); 4] = [
    ("additionalItems", Any::Bool),
    ("additionalProperties", Any::Bool),
    ("dependencies", Any::Map),
    ("items", Any::Map),
];

#[derive(Debug)]
struct Stop;

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stop")
    }
}

impl std::error::Error for Stop {}

impl de::Error for Stop {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl One<'_> {
    fn see(self, word: &str) -> Self {
        word.clone_into(&mut self.seen.borrow_mut());
        self
    }
}

macro_rules! leaves {
    ($($method:ident $word:literal $visit:ident $value:expr;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
            self.see($word);
            visitor.$visit($value)
        }
    )*};
}

impl<'de> Deserializer<'de> for One<'_> {
    type Error = Stop;

    leaves! {
        deserialize_bool "b" visit_bool false;
        deserialize_i8 "i" visit_i64 0;
        deserialize_i16 "i" visit_i64 0;
        deserialize_i32 "i" visit_i64 0;
        deserialize_i64 "i" visit_i64 0;
        deserialize_u8 "i" visit_u64 0;
        deserialize_u16 "i" visit_u64 0;
        deserialize_u32 "i" visit_u64 0;
        deserialize_u64 "i" visit_u64 0;
        deserialize_f32 "n" visit_f64 0.0;
        deserialize_f64 "n" visit_f64 0.0;
        deserialize_char "s" visit_str "";
        deserialize_bytes "s" visit_str "";
        deserialize_byte_buf "s" visit_str "";
        deserialize_identifier "s" visit_str "";
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.see("s");
        visitor.visit_str(self.text)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_str(visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.see("d");
        match self.any {
            Any::Text => visitor.visit_str(self.text),
            Any::Bool => visitor.visit_bool(false),
            Any::Map => visitor.visit_map(Once(None)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.see("d");
        visitor.visit_unit()
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.see("d");
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        let time = matches!(name, "Time" | "MicroTime");
        let text = if time { "2026-01-01T00:00:00.000000Z" } else { "" };
        let read = visitor.visit_newtype_struct(One { text, ..self });
        match name {
            "Quantity" => drop(self.see("q")),
            _ if time => drop(self.see("t")),
            _ => {}
        }
        read
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        let element = RefCell::new("d".to_owned());
        let read = visitor.visit_seq(Once(Some(One { seen: &element, ..self })));
        self.see(&format!("[{}", element.borrow()));
        read
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        let value = RefCell::new("d".to_owned());
        let read = visitor.visit_map(Once(Some(One { seen: &value, ..self })));
        self.see(&format!("{{{}", value.borrow()));
        read
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        let (name, new) = self.tracer.name(name, fields);
        self.see(&name);
        // A type within itself would go on for ever. Any other is read as often as it is met: one
        // that could not be, for lack of a field, would end the type around it.
        if self.tracer.open.borrow().contains(&name) {
            return visitor.visit_map(Once(None));
        }
        self.tracer.open.borrow_mut().push(name.clone());
        let mut seen = Vec::new();
        let read = visitor.visit_map(Fields { fields, one: self, seen: &mut seen });
        self.tracer.open.borrow_mut().pop();
        if new {
            self.tracer.types.borrow_mut().insert(name.clone(), seen);
        }
        self.see(&name);
        read
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Stop> {
        self.see("d");
        Err(Stop)
    }
}

/// A list of one element, or a mapping of one entry; or an empty one.
struct Once<'t>(Option<One<'t>>);

impl<'de> SeqAccess<'de> for Once<'_> {
    type Error = Stop;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Stop> {
        self.0.take().map(|it| seed.deserialize(it)).transpose()
    }
}

impl<'de> MapAccess<'de> for Once<'_> {
    type Error = Stop;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Stop> {
        let key = || seed.deserialize(StrDeserializer::new("key"));
        self.0.is_some().then(key).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Stop> {
        seed.deserialize(self.0.take().expect("a key came before"))
    }
}

/// Each field of a type in turn.
struct Fields<'t, 's> {
    fields: &'static [&'static str],
    one: One<'t>,
    seen: &'s mut Vec<(String, String)>,
}

impl<'de> MapAccess<'de> for Fields<'_, '_> {
    type Error = Stop;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Stop> {
        loop {
            let Some((field, rest)) = self.fields.split_first() else { return Ok(None) };
            // Those of a kind are compared with its own, which a text of ours is not.
            if *field == "apiVersion" || *field == "kind" {
                self.fields = rest;
                self.seen.push(((*field).to_owned(), "s".to_owned()));
                continue;
            }
            return seed.deserialize(StrDeserializer::new(field)).map(Some);
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Stop> {
        let (field, rest) = self.fields.split_first().expect("a key came before");
        self.fields = rest;
        let seen = RefCell::new("d".to_owned());
        let any = ANY.iter().find(|it| it.0 == *field).map_or(Any::Text, |it| it.1);
        let read = seed.deserialize(One { seen: &seen, any, ..self.one });
        self.seen.push(((*field).to_owned(), seen.into_inner()));
        read
    }
}

fn table() -> String {
    let tracer = Tracer::default();
    let mut kinds = all(&tracer);
    let mut types = tracer.types.into_inner();
    // The events of both groups are the same objects: see `rulebox_core::canonical`.
    let second = types.remove("Event2").expect("there are two");
    let first = types.get_mut("Event").expect("there are two");
    for field in second {
        if !first.iter().any(|it| it.0 == field.0) {
            first.push(field);
        }
    }
    for (_, name) in kinds.iter_mut().filter(|it| it.1 == "Event2") {
        "Event".clone_into(name);
    }
    let mut text =
        String::from("# Written by a test of packs in CEL; kubernetes.rs says how to read it.\n");
    kinds.sort();
    for (kind, name) in kinds {
        let _ = writeln!(text, "{kind}={name}");
    }
    for (name, fields) in types {
        let fields: Vec<_> = fields.iter().map(|(field, of)| format!("{field}:{of}")).collect();
        let _ = writeln!(text, "{name}={}", fields.join(","));
    }
    text
}

#[track_caller]
fn check(file: &str, want: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if env::var_os("BLESS").is_some() {
        fs::write(&path, want).expect("it can be written");
    }
    let is = fs::read_to_string(&path).expect("it is there");
    assert!(is == want, "stale; type: BLESS=1 cargo test -p rulebox-cel --test kubernetes");
}

#[test]
fn the_table_is_that_of_the_types() {
    check("../text/src/kubernetes.txt", &table());
}

/// Every interpreter carries it.
#[test]
fn the_table_is_small_and_whole() {
    let table = table();
    assert!(table.len() < 100_000, "{} bytes", table.len());
    for line in [
        "/Pod=Pod",
        "apps/Deployment=Deployment",
        "ServiceStatus=conditions:[Condition,loadBalancer:LoadBalancerStatus",
        "PodDisruptionBudgetStatus=conditions:[Condition,currentHealthy:i,desiredHealthy:i,\
         disruptedPods:{t,disruptionsAllowed:i,expectedPods:i,observedGeneration:i",
        "Toleration=effect:s,key:s,operator:s,tolerationSeconds:i,value:s",
    ] {
        assert!(table.lines().any(|it| it == line), "{line}");
    }
}
