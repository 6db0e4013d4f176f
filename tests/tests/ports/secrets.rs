use domain::ids::SigningSecretId;
use domain::ports::BundleError;
use domain::row::{BundleName, WebhookKey};
use domain::secret::SecretText;
use domain::webhook::bundle::Bundle;
use futures::future::join_all;

use crate::samples::{at, key};
use crate::world::World;

fn bundle(secret: &str) -> Bundle {
    Bundle {
        signing_secrets: vec![(SigningSecretId::new(at(0), 1), SecretText::new(secret.to_owned()).into())],
        authorization: Some(SecretText::new("Bearer \"x\"".to_owned())),
        ..Bundle::default()
    }
}

async fn create(world: &World, key: &WebhookKey, secret: &str) -> BundleName {
    let unique = world.ports.dice.roll();
    world.ports.secrets.create(key, unique, &bundle(secret)).await.unwrap()
}

pub(crate) async fn a_bundle_reads_back_under_a_new_name_each_time(world: &World) {
    let first = create(world, &key(1), "first secret 0123").await;
    let second = create(world, &key(1), "second secret 0123").await;
    assert_ne!(first, second);
    for (name, secret) in
        [(&first, "first secret 0123"), (&second, "second secret 0123"), (&first, "first secret 0123")]
    {
        let readers = join_all((0..4).map(|_| world.ports.secrets.read(name))).await;
        for read in readers {
            assert_eq!(read.unwrap().to_json().expose(), bundle(secret).to_json().expose());
        }
    }
}

pub(crate) async fn a_deleted_bundle_is_missing(world: &World) {
    let secrets = &world.ports.secrets;
    let nothing = BundleName(format!("{}x", create(world, &key(1), "some secret 01234").await));
    assert_eq!(secrets.read(&nothing).await.unwrap_err(), BundleError::Missing);
    let name = create(world, &key(1), "another secret 01").await;
    assert!(secrets.read(&name).await.is_ok());
    secrets.delete(&name).await.unwrap();
    secrets.delete(&name).await.unwrap();
    assert_eq!(secrets.read(&name).await.unwrap_err(), BundleError::Missing);
}
