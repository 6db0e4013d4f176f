//! Installations into Slack in memory.

use async_trait::async_trait;

use super::Memory;
use crate::ids::{InstallationId, TenantId};
use crate::installation::{INSTALLATION_KEPT, Installation, PASS_KEPT, Pass, PassKey};
use crate::ports::{Installations, PortResult};

#[async_trait]
impl Installations for Memory {
    async fn put(&self, installation: &Installation) -> PortResult<()> {
        let place = (installation.tenant.clone(), installation.id.clone());
        self.call("dynamodb")?.installations.insert(place, installation.clone());
        Ok(())
    }

    async fn get(&self, tenant: &TenantId, id: &InstallationId) -> PortResult<Option<Installation>> {
        let held = self.call("dynamodb")?;
        let found = held.installations.get(&(tenant.clone(), id.clone()));
        Ok(found.filter(|one| one.moved_at.plus(INSTALLATION_KEPT) > held.now).cloned())
    }

    async fn issue(&self, key: &PassKey, pass: &Pass) -> PortResult<()> {
        self.call("dynamodb")?.passes.insert(key.clone(), pass.clone());
        Ok(())
    }

    async fn take(&self, key: &PassKey) -> PortResult<Option<Pass>> {
        let mut held = self.call("dynamodb")?;
        let now = held.now;
        Ok(held.passes.remove(key).filter(|pass| pass.issued_at.plus(PASS_KEPT) > now))
    }
}
