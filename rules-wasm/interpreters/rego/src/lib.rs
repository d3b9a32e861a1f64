//! The interpreter of packs in Rego as a component: conversion only, no logic.

rulebox_text::interpreter!(rulebox_rego);
