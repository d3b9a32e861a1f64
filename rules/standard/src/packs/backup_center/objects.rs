//! The objects that the rules of the backup center are given: its own kinds, those of its Velero,
//! and which of Kubernetes'.

pub mod csdr;
pub mod selections;
pub mod velero;
