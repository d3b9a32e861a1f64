//! `rulebox serve` against a real kube-apiserver, Prometheus and Alertmanager: `cargo xtask e2e`
//! names their programs. Without them each test says that it was skipped.
//!
//! The tests share one API server, and one at a time has it: rules look at fixed namespaces.

mod faults;
mod findings;
mod http;
mod manifests;
mod monitoring;
mod outputs;
mod parity;
mod pods;
#[path = "../printed/mod.rs"]
#[expect(dead_code, reason = "the tests of `serve` use the rest")]
mod printed;
#[path = "../program/mod.rs"]
mod program;
mod registry;
mod roles;
mod scale;
mod serving;
mod world;
