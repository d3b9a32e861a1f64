//! What the parts of one pod agree on.

use super::faults::Condition;
use crate::{
    moment::Moment,
    names::{app, node_name},
    prototype::Maker,
};

/// What `metadata`, `spec` and `status` of a pod agree on.
pub(super) struct Pod {
    pub(super) namespace: String,
    pub(super) app: String,
    pub(super) template_hash: String,
    pub(super) name: String,
    pub(super) uid: String,
    pub(super) owner_uid: String,
    pub(super) node: u64,
    pub(super) ip: String,
    pub(super) token_volume: String,
    pub(super) image: String,
    pub(super) version: String,
    pub(super) created: Moment,
    pub(super) started: Moment,
    pub(super) condition: Condition,
}

impl Pod {
    pub(super) fn new(namespace: &str, condition: Condition, maker: &mut Maker) -> Self {
        let random = &mut maker.random;
        let app = app(namespace, random);
        let template_hash = random.suffix(10);
        Self {
            node: random.below(120),
            ip: format!(
                "10.{}.{}.{}",
                64 + random.below(64),
                random.below(256),
                2 + random.below(250)
            ),
            token_volume: format!("kube-api-access-{}", random.suffix(5)),
            image: format!("registry.shop.example/{namespace}/{app}"),
            version: format!("{}.{}.{}", 1 + random.below(4), random.below(30), random.below(10)),
            started: Moment::CREATION.later(4 + random.below(40)),
            created: Moment::CREATION,
            name: format!("{app}-{template_hash}-{}", maker.suffix()),
            uid: maker.uid(),
            owner_uid: maker.uid(),
            condition,
            namespace: namespace.to_owned(),
            app,
            template_hash,
        }
    }

    pub(super) fn node_name(&self) -> String {
        node_name(self.node)
    }
}
