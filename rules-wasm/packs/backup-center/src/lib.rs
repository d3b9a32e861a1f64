//! The pack `backup-center` as a component: conversion only, no logic.

rulebox_sdk::component!(rulebox_rules_standard::packs::backup_center::pack());
