// A Jira site of one test, with an admin, and what it does without the page.

import { randomUUID } from "node:crypto";

import { until } from "./until.mjs";

/** Makes a tenant that nobody else has; `edition` null is one that no message has named. */
export async function newTenant(stack, edition = "advanced") {
  const id = `t-${randomUUID()}`;
  const tenant = new Tenant(stack, id, await mint(stack, { tenant: id }));
  if (edition) await tenant.license(edition);
  return tenant;
}

/** A token of the local issuer; a negative `expiresIn` has expired already. */
export async function mint(stack, grant) {
  const response = await fetch(`${stack.issuer}/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ subject: "admin", role: "admin", ...grant }),
  });
  return (await response.json()).token;
}

class Tenant {
  constructor(stack, id, token) {
    Object.assign(this, { stack, id, token });
  }

  /** A link that opens the page signed in. */
  get pageUrl() {
    return `${this.stack.apiUrl}/#token=${this.token}`;
  }

  /** A URL of the local receiver that no other test has. */
  get receiverUrl() {
    return `${this.stack.receiverUrl}${this.id}`;
  }

  /** Asks the API as an admin; answers of 400 and more are failures. */
  async api(route, body, headers = {}) {
    const [method, path] = route.split(" ");
    const response = await fetch(this.stack.apiUrl + path, {
      method,
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json", ...headers },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${route}: ${response.status} ${text}`);
    return text && JSON.parse(text);
  }

  /** Adds a webhook at the local receiver; `fields` go over the usual ones. */
  webhook(fields = {}) {
    return this.api("POST /v1/webhooks", { displayName: "Receiver", url: this.receiverUrl, ...fields });
  }

  /** Changes a webhook as another admin would. */
  edit(webhook, fields) {
    return this.api(`PATCH /v1/webhooks/${webhook.id}`, fields, { "if-match": "*" });
  }

  /** The webhooks as they are now. */
  async webhooks() {
    return (await this.api("GET /v1/webhooks")).items;
  }

  /** Waits until each of the webhooks that are on has an ended delivery. */
  settled() {
    return until("the ends of the deliveries", async () => {
      const { items } = await this.api("GET /v1/webhooks?include=lastDelivery");
      return items.every(({ enabled, lastDelivery }) => !enabled || lastDelivery) && items;
    });
  }

  /** Waits until so many deliveries of a webhook have this status. */
  logged(webhook, status, count) {
    return until(`${count} deliveries that are ${status}`, async () => {
      const { items } = await this.api(`GET /v1/webhooks/${webhook.id}/deliveries?status=${status}&limit=100`);
      return items.length === count && items;
    });
  }

  /** Says that the site has this edition, and waits until the API knows. */
  async license(edition) {
    const message = { kind: "tenantUpdated", edition, siteUrl: `https://${this.id}.atlassian.net` };
    await this.send({ ...message, updatedAt: new Date().toISOString() });
    const asked = async () => {
      const known = await this.api("GET /v1/tenant");
      return known.siteUrl && known.edition === edition;
    };
    await until(`the edition of ${this.id} to be ${edition}`, asked);
  }

  /** Something happens in Jira; `fields` go over the usual ones. Gives the event's id. */
  async event(fields = {}) {
    const event = {
      kind: "auditEvent",
      id: randomUUID(),
      type: "project_scan.finished",
      occurredAt: new Date().toISOString(),
      actor: { accountId: "5b10", displayName: "Ada" },
      details: { projectId: "10001", findingsCount: 3 },
      ...fields,
    };
    await this.send(event);
    return event.id;
  }

  /** The requests that the receiver got for this tenant, waiting for `count` of them. */
  received(count = 1) {
    return until(`${count} requests at the receiver`, async () => {
      const response = await fetch(this.stack.receiverInspectUrl, { headers: { accept: "application/json" } });
      const requests = (await response.json()).filter(({ path }) => path.includes(this.id));
      const named = requests.map((request) => ({ ...request, headers: Object.fromEntries(request.headers) }));
      return named.length >= count && named;
    });
  }

  /** Puts a message on the events queue. */
  async send(message) {
    const { awsEndpoints, eventsQueueUrl, region } = this.stack;
    const body = JSON.stringify({ version: 1, tenantId: this.id, ...message });
    const response = await fetch(awsEndpoints.sqs, {
      method: "POST",
      headers: {
        // The emulator finds the service and the region in the scope, and takes any signature.
        authorization:
          `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/sqs/aws4_request, ` +
          "SignedHeaders=host, Signature=none",
        "x-amz-target": "AmazonSQS.SendMessage",
        "content-type": "application/x-amz-json-1.0",
      },
      body: JSON.stringify({ QueueUrl: eventsQueueUrl, MessageBody: body, MessageGroupId: this.id }),
    });
    if (!response.ok) throw new Error(`SendMessage: ${response.status} ${await response.text()}`);
  }
}
