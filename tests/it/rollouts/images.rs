//! Images of a release in the pods of Rollouts.

use super::rollout;
use rollcast::document::{Diagnostics, Node, Sources, Value, parse_yaml};
use rollcast::manifest::ObjectSet;

/// A release gives its images to the pods of Rollouts as to those of Deployments.
#[test]
fn an_image_reaches_the_pods_of_a_rollout() {
    let mut sources = Sources::default();
    let mut problems = Diagnostics::default();
    let mut objects = ObjectSet::default();
    let text = rollout("canary: {}");
    for document in parse_yaml(&mut sources, "rollout.yaml", &text).unwrap() {
        objects.add(document, &mut problems);
    }
    let span = objects.iter().next().unwrap().span();
    let image = Node::new(span, Value::Text("shop:v2".to_owned()));
    objects.set_image("shop", span, &image).unwrap();
    let read = objects.rollouts(&mut problems);
    assert_eq!(read[0].template.containers[0].image, "shop:v2");
    let told = objects.set_image("shob", span, &image).unwrap_err();
    assert_eq!(told.message, "no pod template has a container `shob`");
    assert_eq!(told.label.as_deref(), Some("looked at `Rollout/shop`"));
    assert_eq!(told.hint.as_deref(), Some("did you mean `shop`?"));
}
