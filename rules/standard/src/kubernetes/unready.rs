//! Why a pod is not ready: what the scheduler, the kubelet and events say of it, in the order in
//! which a pod comes to life.
//!
//! The messages are those of Kubernetes: kubernetes/kubernetes `pkg/scheduler/framework`
//! (unschedulable), `pkg/kubelet/images/types.go` (images), `pkg/kubelet/kuberuntime` (containers),
//! `pkg/kubelet/volumemanager` (volumes).

mod containers;
mod missing;
mod platform;
mod problem;
mod question;
mod scheduling;

pub use self::{
    platform::Platform,
    problem::{Problem, Reason, State},
    question::Question,
};
