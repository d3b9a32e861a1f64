//! The Lease by which replicas agree who leads: carries what the elector asks to the API server,
//! and says at once when this process leads no more.

use std::{fmt, time::Duration};

use rulebox_cluster::{Answered, Cluster, Send};
use rulebox_core::is_namespace;
use serde_json::{Value, json};
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until, timeout},
};

use crate::{
    Clock, Told,
    leader::{Answer, Ask, Elector, Record, Timing},
};

/// A request is given up after this, so that a leader can try twice before it leads no more.
const PATIENCE: Duration = Duration::from_secs(5);

/// A duration of somebody else's Lease that is longer is not waited for.
const LONGEST: u64 = 3600;

/// Namespace and name of a Lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseName {
    namespace: String,
    name: String,
}

impl LeaseName {
    /// `NAMESPACE/NAME`, or what is wrong with it.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let (namespace, name) = typed.split_once('/').ok_or("write NAMESPACE/NAME")?;
        if !is_namespace(namespace) {
            return Err(format!("`{namespace}` cannot be the name of a namespace"));
        }
        if !name.split('.').all(is_namespace) {
            return Err(format!("`{name}` cannot be the name of a Lease"));
        }
        Ok(Self { namespace: namespace.to_owned(), name: name.to_owned() })
    }

    fn leases(&self) -> String {
        format!("/apis/coordination.k8s.io/v1/namespaces/{}/leases", self.namespace)
    }
}

impl fmt::Display for LeaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// Takes part in the election, as whom nobody else does. Gives whether this process leads, and what
/// has to run for it: it ends when `stop` says true, and has then released the Lease.
pub fn lead(
    cluster: Cluster,
    name: LeaseName,
    me: &str,
    clock: Clock,
    stop: watch::Receiver<bool>,
) -> (watch::Receiver<bool>, impl Future<Output = ()> + std::marker::Send + use<>) {
    let leads = watch::Sender::new(false);
    let leader = leads.subscribe();
    let timing = Timing::default();
    let candidate = Candidate {
        cluster,
        name,
        me: me.to_owned(),
        clock,
        timing,
        begun: Instant::now(),
        elector: Elector::new(me, timing),
        last: Value::Null,
        leads,
        told: Told::default(),
    };
    (leader, candidate.run(stop))
}

struct Candidate {
    cluster: Cluster,
    name: LeaseName,
    me: String,
    clock: Clock,
    timing: Timing,
    begun: Instant,
    elector: Elector,
    /// The Lease as it was seen last: what others have written into it stays.
    last: Value,
    leads: watch::Sender<bool>,
    /// The failures that were told.
    told: Told,
}

impl Candidate {
    async fn run(mut self, mut stop: watch::Receiver<bool>) {
        tokio::select! {
            _ = stop.wait_for(|it| *it) => {}
            () = self.elect() => {}
        }
        let version = self.elector.resign();
        self.leads.send_replace(false);
        if let Some(version) = version {
            let released = self.document("", Duration::from_secs(1), Some(&version), false);
            let answer = timeout(PATIENCE, self.send(Send::Replace, &released)).await;
            if answer.is_ok_and(|it| it.is_ok_and(|it| it.is_success())) {
                tracing::info!(lease = %self.name, "released the Lease");
            }
        }
    }

    async fn elect(&mut self) {
        loop {
            let (ask, sent) = (self.elector.ask(self.now()), self.now());
            let request = self.request(&ask);
            let answered = match request {
                Some((how, document)) => {
                    let cluster = self.cluster.clone();
                    let path = self.path(how);
                    let answer =
                        async move { timeout(PATIENCE, cluster.send(how, &path, &document)).await };
                    Some(self.meanwhile(answer).await)
                }
                None => None,
            };
            if let Some(answered) = answered {
                let answered = answered
                    .unwrap_or_else(|_| Err(format!("no answer within {} s", PATIENCE.as_secs())));
                let answer = self.understand(&ask, answered);
                self.elector.answered(sent, self.now(), answer);
                self.tell();
            }
            let now = self.now();
            let pause = self.elector.pause(&ask, now);
            if !pause.is_zero() {
                self.meanwhile(sleep(pause)).await;
            }
        }
    }

    fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Waits for something, and tells when this process leads no more in the meantime.
    async fn meanwhile<T>(&self, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        loop {
            let until = self.elector.leads_until().filter(|it| self.now() < *it);
            let until = until.map(|it| self.begun + it);
            tokio::select! {
                biased;
                () = sleep_until(until.unwrap_or(self.begun)), if until.is_some() => self.tell(),
                it = &mut work => return it,
            }
        }
    }

    /// Makes known whether this process leads.
    fn tell(&self) {
        let leads = self.elector.leads(self.now());
        let changed = self.leads.send_if_modified(|it| std::mem::replace(it, leads) != leads);
        if changed && leads {
            tracing::info!(lease = %self.name, "leads");
        } else if changed {
            tracing::warn!(lease = %self.name, "leads no more");
        }
    }

    fn path(&self, how: Send) -> String {
        match how {
            Send::Create => self.name.leases(),
            _ => format!("{}/{}", self.name.leases(), self.name.name),
        }
    }

    async fn send(&self, how: Send, document: &Value) -> Result<Answered, String> {
        self.cluster.send(how, &self.path(how), document).await
    }

    fn request(&self, ask: &Ask) -> Option<(Send, Value)> {
        let duration = self.timing.duration;
        Some(match ask {
            Ask::Wait => return None,
            Ask::Get => (Send::Get, Value::Null),
            Ask::Create => (Send::Create, self.document(&self.me, duration, None, true)),
            Ask::Replace { version, taken } => {
                (Send::Replace, self.document(&self.me, duration, Some(version), *taken))
            }
        })
    }

    /// The Lease as it is to be.
    fn document(
        &self,
        holder: &str,
        duration: Duration,
        version: Option<&str>,
        taken: bool,
    ) -> Value {
        let now = format!("{:.6}", self.clock.now());
        let mut lease = json!({
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": self.name.name, "namespace": self.name.namespace},
            "spec": {"leaseTransitions": 0},
        });
        if let Some(version) = version {
            for part in ["metadata", "spec"] {
                if let Some(known) = self.last.get(part).filter(|it| it.is_object()) {
                    lease[part] = known.clone();
                }
            }
            lease["metadata"]["resourceVersion"] = version.into();
        }
        let spec = &mut lease["spec"];
        if taken {
            spec["acquireTime"] = now.clone().into();
            let transitions = spec.get("leaseTransitions").and_then(Value::as_u64);
            let transitions = transitions.unwrap_or(0) + u64::from(version.is_some());
            spec["leaseTransitions"] = transitions.min(i32::MAX as u64).into();
        }
        spec["holderIdentity"] = holder.into();
        spec["leaseDurationSeconds"] = duration.as_secs().into();
        spec["renewTime"] = now.into();
        lease
    }

    /// What an answer means to the election.
    fn understand(&mut self, ask: &Ask, answered: Result<Answered, String>) -> Answer {
        let failure = match answered {
            Ok(Answered { status: 404, .. }) if *ask == Ask::Get => return Answer::Absent,
            // Deleted, or made by somebody else.
            Ok(Answered { status: 404 | 409, .. }) if *ask != Ask::Get => return Answer::Conflict,
            Ok(it) if it.is_success() => match record(&it.body) {
                Some(record) => {
                    self.last = it.body;
                    self.told.works("");
                    let is_found = *ask == Ask::Get;
                    return if is_found { Answer::Found(record) } else { Answer::Written(record) };
                }
                None => "the answer is no Lease".to_owned(),
            },
            Ok(it) => it.message(),
            Err(error) => error,
        };
        if self.told.fails("", &failure) {
            tracing::warn!(lease = %self.name, error = failure, "cannot ask for the Lease");
        }
        Answer::Failed
    }
}

/// What a Lease says.
fn record(lease: &Value) -> Option<Record> {
    let version = lease.pointer("/metadata/resourceVersion")?.as_str()?.to_owned();
    let holder = lease.pointer("/spec/holderIdentity").and_then(Value::as_str).unwrap_or_default();
    let seconds = lease.pointer("/spec/leaseDurationSeconds").and_then(Value::as_u64).unwrap_or(0);
    let duration = Duration::from_secs(seconds.clamp(1, LONGEST));
    Some(Record { holder: holder.to_owned(), duration, version })
}

/// Does the work whenever this process leads, each time from the beginning, and drops what it does
/// where it leads no more. Ends when the work ends by itself, or nobody will lead.
pub(crate) async fn while_leading<F: Future<Output = ()>>(
    mut leader: watch::Receiver<bool>,
    work: impl Fn() -> F,
) {
    while leader.wait_for(|it| *it).await.is_ok() {
        tokio::select! {
            biased;
            lost = leader.wait_for(|it| !*it) => if lost.is_err() { return },
            () = work() => return,
        }
    }
}

/// A name that no other process has: that of the pod, and what tells this start from others.
pub fn identity(pod: &str, boot: &str) -> String {
    format!("{pod}_{boot}")
}

#[cfg(test)]
mod tests {
    use http::Method;
    use jiff::Timestamp;

    use super::*;
    use crate::fake::Server;

    #[track_caller]
    fn check(typed: &str, want: Result<&str, &str>) {
        let got = LeaseName::parse(typed).map(|it| it.to_string());
        assert_eq!(got.as_deref().map_err(String::as_str), want);
    }

    #[test]
    fn a_lease_is_named_with_its_namespace() {
        check("monitoring/rulebox", Ok("monitoring/rulebox"));
        check("monitoring/rulebox.example", Ok("monitoring/rulebox.example"));
        check("rulebox", Err("write NAMESPACE/NAME"));
        check("../x", Err("`..` cannot be the name of a namespace"));
        check("a/b/../c", Err("`b/../c` cannot be the name of a Lease"));
        check("a/", Err("`` cannot be the name of a Lease"));
    }

    const LEASE: &str = "/apis/coordination.k8s.io/v1/namespaces/monitoring/leases/rulebox";

    struct Run {
        leader: watch::Receiver<bool>,
        stop: watch::Sender<bool>,
        task: tokio::task::JoinHandle<()>,
    }

    async fn start(server: &Server, me: &str) -> Run {
        let name = LeaseName::parse("monitoring/rulebox").expect("a name");
        let clock = Clock::new(|| Timestamp::from_second(7).expect("a time"));
        let (stop, stopped) = watch::channel(false);
        let (leader, work) = lead(server.cluster().await, name, me, clock, stopped);
        Run { leader, stop, task: tokio::spawn(work) }
    }

    #[tokio::test]
    async fn a_lease_is_made_and_released_and_the_next_takes_it_at_once() {
        let server = Server::start().await;
        let mut first = start(&server, "first").await;
        first.leader.wait_for(|it| *it).await.expect("it leads");
        let spec = server.kept().objects[LEASE]["spec"].clone();
        let want = json!({
            "holderIdentity": "first",
            "leaseDurationSeconds": 15,
            "leaseTransitions": 0,
            "acquireTime": "1970-01-01T00:00:07.000000Z",
            "renewTime": "1970-01-01T00:00:07.000000Z",
        });
        assert_eq!(spec, want);
        first.stop.send_replace(true);
        first.task.await.expect("it ends");
        assert!(!*first.leader.borrow());
        let spec = server.kept().objects[LEASE]["spec"].clone();
        assert_eq!(
            (&spec["holderIdentity"], &spec["leaseDurationSeconds"]),
            (&json!(""), &json!(1))
        );
        server.kept().objects.get_mut(LEASE).expect("a Lease")["metadata"]["labels"] =
            json!({"kept": "yes"});
        let mut second = start(&server, "second").await;
        second.leader.wait_for(|it| *it).await.expect("it leads");
        let lease = server.kept().objects[LEASE].clone();
        assert_eq!(lease["metadata"]["labels"], json!({"kept": "yes"}));
        let spec = &lease["spec"];
        assert_eq!(
            (&spec["holderIdentity"], &spec["leaseTransitions"]),
            (&json!("second"), &json!(1))
        );
    }

    #[tokio::test]
    async fn what_another_holds_is_not_taken_and_not_released() {
        let server = Server::start().await;
        let mut first = start(&server, "first").await;
        first.leader.wait_for(|it| *it).await.expect("it leads");
        first.task.abort();
        let other = start(&server, "other").await;
        server.changes();
        other.stop.send_replace(true);
        other.task.await.expect("it ends");
        assert!(!*other.leader.borrow());
        assert_eq!(server.changes(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn work_begins_anew_with_each_leadership_and_ends_with_it() {
        let (leads, leader) = watch::channel(false);
        let (begun, mut seen) = watch::channel(0);
        let dropped = watch::Sender::new(0);
        /// Counts when the work is dropped.
        struct Drops<'d>(&'d watch::Sender<u32>);
        impl Drop for Drops<'_> {
            fn drop(&mut self) {
                self.0.send_modify(|it| *it += 1);
            }
        }
        let work = while_leading(leader, || async {
            let _drops = Drops(&dropped);
            begun.send_modify(|it| *it += 1);
            std::future::pending::<()>().await;
        });
        let drive = async {
            let mut gone = dropped.subscribe();
            for turn in 1..4 {
                leads.send_replace(true);
                seen.wait_for(|it| *it == turn).await.expect("it begins");
                leads.send_replace(false);
                gone.wait_for(|it| *it == turn).await.expect("it is dropped");
            }
            drop(leads);
        };
        tokio::join!(work, drive);
    }

    #[tokio::test]
    async fn a_server_that_refuses_makes_nobody_lead() {
        let server = Server::start().await;
        server.refuse(Method::POST, "/leases", 403, "not you");
        let it = start(&server, "me").await;
        while server.changes().is_empty() {
            tokio::task::yield_now().await;
        }
        it.stop.send_replace(true);
        it.task.await.expect("it ends");
        assert!(!*it.leader.borrow());
        assert!(!server.kept().objects.contains_key(LEASE));
    }
}
