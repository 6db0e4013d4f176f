// The ground that all other tests stand on.

import assert from "node:assert/strict";

import { scenes } from "./scenes.mjs";
import { mint } from "./tenant.mjs";

const scene = scenes();

scene("a tenant of its own is licensed and empty", async ({ tenant }) => {
  assert.deepEqual(await tenant.webhooks(), []);
  assert.equal((await tenant.api("GET /v1/tenant")).edition, "advanced");
});

scene("an event reaches the receiver", async ({ tenant }) => {
  await tenant.webhook();
  const id = await tenant.event();
  const [request] = await tenant.received();
  assert.equal(JSON.parse(request.body).id, id);
});

scene("an expired token is refused", async ({ tenant, stack }) => {
  tenant.token = await mint(stack, { tenant: tenant.id, expiresIn: -3600 });
  await assert.rejects(tenant.webhooks(), /401/);
});
