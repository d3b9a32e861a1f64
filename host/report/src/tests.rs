//! One rich report and a few edge ones, in every format.

mod arrange;
mod format;
mod json;
mod prometheus;
mod sample;
mod text;
