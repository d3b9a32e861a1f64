//! Which kinds of objects can be made, how many of each a cluster has, and how one is built.
//!
//! A new kind is a row of [`KINDS`] and a function that builds its prototypes.

mod context;
mod managed;

mod apps;
mod backup_center;
mod config_maps;
mod core;
mod events;
mod schemas;
mod velero;

mod kind;

pub(crate) use kind::{KINDS, Kind};
