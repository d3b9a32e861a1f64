//! Packs in OCI registries: pushed, pulled, signed, verified, kept and carried. The only crate that
//! knows registries; it knows neither what a pack does nor what was typed.
//!
//! In reading order: how a pack is named ([`Reference`], [`Digest`]) and travels ([`Artifact`]);
//! how registries are reached (`web`, `auth`, `client`); who is believed (`sign`, [`Trust`]); what
//! is kept ([`Store`], [`Lock`]); and what is done with all of it ([`Puller`], [`push`]).

mod artifact;
mod attached;
mod auth;
mod client;
mod component;
mod credentials;
mod digest;
mod error;
mod layout;
mod limits;
mod lock;
mod manifest;
mod pull;
mod push;
mod reference;
mod settings;
mod sign;
mod store;
mod trust;
mod web;

pub use artifact::{Artifact, Content, PACK_FILE};
pub use client::Network;
pub use credentials::Credentials;
pub use digest::Digest;
pub use error::RegistryError;
pub use layout::{Carried, load, save};
pub use limits::Limits;
pub use lock::Lock;
pub use pull::{Pulled, Puller};
pub use push::{SignatureForm, push, sign, tagged};
pub use reference::{Reference, SCHEME};
pub use settings::{Registry, Signers, ports};
pub use sign::key::{PrivateKey, PublicKey, certificates};
pub use store::Store;
pub use trust::Trust;
pub use web::Proxies;
