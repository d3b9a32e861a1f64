//! The files of a bundle that Rulebox collects from a cluster: their names, and what stands in
//! them. `rulebox collect` and the script of `rulebox needs --script` write one, the reader reads
//! it. It is one folder, which a `tar.gz` holds:
//!
//! ```text
//! rulebox-bundle.json       who collected it, and when: ages are counted to that moment
//! version.json              what the server says of its version (GET /version)
//! lists.txt                 a line for each list: file, group, kind, namespace; then `end N`
//! fields.txt                a line for each field that was taken, `*` for all; then `end N`
//! lists/pods@csdr.json      a typed list (PodList), as the server gives it: an empty one says so
//! lists/pods@csdr.err       why a list is missing, or is not whole; beside no whole list
//! ```
//!
//! Nothing is read or written here: others know files, archives and clusters.

mod dump;
mod fields;
mod info;
mod list;
mod script;
mod secret;
mod table;
mod withheld;
mod words;

pub use dump::dump_command;
pub use fields::Fields;
pub use info::{FORMAT, Info};
pub use list::{List, all_lists_of, lists_of, plural_of, resource_of};
pub use script::{ScriptError, script};
pub use secret::{SECRET_FIELDS, is_secret};
pub use table::TableError;
pub use withheld::{LAST_APPLIED, SECRET_VALUES, is_withheld, withheld};
pub use words::{described, forbidden, user_in, verb_in};

/// Who collected a bundle, and when; see [`Info`]. A folder with this file is a bundle.
pub const INFO: &str = "rulebox-bundle.json";

/// What the server says of its version.
pub const VERSION: &str = "version.json";

/// The lists that were asked for; see [`List::print`].
pub const LISTS: &str = "lists.txt";

/// The fields that were taken; see [`Fields`].
pub const FIELDS: &str = "fields.txt";
