// What `make bench` measures the dispatcher against: a Lambda function that does the dispatcher's
// job when all goes well, as a Node developer would write it in an afternoon.
//
//   node dispatcher.mjs undici     sends with undici's `request` over one Agent
//   node dispatcher.mjs fetch      sends with Node's own `fetch`
//
// Environment: AWS_LAMBDA_RUNTIME_API, TABLE_NAME, DELIVERIES_TABLE_NAME, and what the AWS SDK reads
// (AWS_REGION, keys, AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL_SECRETS_MANAGER). NODE_EXTRA_CA_CERTS
// names the receivers' CA, and RECEIVER_PORT the port of 127.0.0.1 that all receivers are dialed at.

import { createHash, createHmac } from "node:crypto";
import dns from "node:dns";
import { readFileSync } from "node:fs";
import http from "node:http";
import { BatchWriteItemCommand, DynamoDBClient, paginateQuery } from "@aws-sdk/client-dynamodb";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

const { AWS_LAMBDA_RUNTIME_API, TABLE_NAME, DELIVERIES_TABLE_NAME, RECEIVER_PORT } = process.env;
const TENANT_CACHE_MS = 5_000;
const ATTEMPT_TIMEOUT_MS = 10_000;
const KEPT_SECONDS = 30 * 24 * 60 * 60;
const ITEMS_PER_WRITE = 25;

const catalogue = new URL("../../../shared/domain/tests/event-types.json", import.meta.url);
const labels = new Map(JSON.parse(readFileSync(catalogue, "utf8")).items.map(({ id, label }) => [id, label]));

const dynamodb = new DynamoDBClient();
const secretsManager = new SecretsManagerClient();

// --- Where to send to: the tenant's webhooks and their secrets ---

const tenants = new Map(); // tenant → { until, roster: a promise }
const bundles = new Map(); // bundle's name → a promise of its secrets, which never change under it

function rosterOf(tenant) {
  const cached = tenants.get(tenant);
  if (cached && cached.until > Date.now()) return cached.roster;
  const roster = readRoster(tenant);
  tenants.set(tenant, { until: Date.now() + TENANT_CACHE_MS, roster });
  roster.catch(() => tenants.delete(tenant));
  return roster;
}

// The tenant's own item has the sort key "T", those of its webhooks begin with "W#".
async function readRoster(tenant) {
  const items = [];
  const query = {
    TableName: TABLE_NAME,
    KeyConditionExpression: "pk = :tenant AND sk >= :from",
    ExpressionAttributeValues: { ":tenant": { S: tenant }, ":from": { S: "T" } },
  };
  for await (const page of paginateQuery({ client: dynamodb }, query)) items.push(...page.Items);
  const own = items.find(({ sk }) => sk.S === "T");
  const on = items.filter(({ sk, status }) => sk.S.startsWith("W#") && status.S === "on");
  return { siteUrl: own?.site_url?.S ?? null, webhooks: await Promise.all(on.map(readWebhook)) };
}

async function readWebhook(item) {
  const { target, eventTypes, signingSecrets } = JSON.parse(item.settings.S);
  const url = new URL(target.custom.url);
  if (RECEIVER_PORT) url.port = RECEIVER_PORT;
  const bundle = await bundleOf(item.bundle.S);
  const secrets = signingSecrets.map(({ id }) => bundle.signingSecrets.find((one) => one.id === id).value);
  return {
    id: item.sk.S.slice("W#".length),
    url: url.href,
    wants: (type) => eventTypes.includes("*") || eventTypes.includes(type),
    secrets,
    standardKeys: secrets.map(standardKey).filter((key) => key !== null),
  };
}

function bundleOf(name) {
  let bundle = bundles.get(name);
  if (!bundle) {
    bundle = secretsManager
      .send(new GetSecretValueCommand({ SecretId: name }))
      .then(({ SecretString }) => JSON.parse(SecretString));
    bundles.set(name, bundle);
    bundle.catch(() => bundles.delete(name));
  }
  return bundle;
}

// --- One delivery ---

const hmac = (key, ...parts) => {
  const mac = createHmac("sha256", key);
  for (const part of parts) mac.update(part);
  return mac.digest("base64");
};

// Standard Webhooks: Base64 of 24 to 64 bytes after an optional "whsec_". `Buffer.from` skips what
// is no Base64, so what it read has to give the same text again.
function standardKey(secret) {
  const text = secret.replace(/^whsec_/, "");
  const key = Buffer.from(text, "base64");
  return key.length >= 24 && key.length <= 64 && key.toString("base64") === text ? key : null;
}

function bodyOf(event, siteUrl) {
  return Buffer.from(
    JSON.stringify({
      type: event.type,
      id: event.id,
      label: labels.get(event.type) ?? event.type,
      occurredAt: event.occurredAt,
      actor: event.actor ?? { system: true },
      details: event.details,
      tenant: { id: event.tenantId, siteUrl },
    }),
  );
}

// The same over every repeat: a ULID of the event's time, its rest from both ids.
function deliveryId(event, webhook) {
  const hash = createHash("sha256").update(`${event.id}\0${webhook.id}`).digest("hex").slice(0, 20);
  let bits = (BigInt(Date.parse(event.occurredAt)) << 80n) | BigInt(`0x${hash}`);
  let ulid = "";
  for (; ulid.length < 26; bits >>= 5n) ulid = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[Number(bits & 31n)] + ulid;
  return `dlv_${ulid}`;
}

function headersOf(event, webhook, id, body) {
  const seconds = Math.floor(Date.now() / 1000);
  const headers = {
    "content-type": "application/json",
    "user-agent": "Soteri-Security-for-Jira-Webhooks/1",
    "x-soteri-event": event.type,
    "webhook-id": id,
    "webhook-timestamp": String(seconds),
    "x-soteri-signature": webhook.secrets.map((secret) => hmac(secret, body)).join(","),
  };
  if (webhook.standardKeys.length > 0) {
    const signatures = webhook.standardKeys.map((key) => `v1,${hmac(key, `${id}.${seconds}.`, body)}`);
    headers["webhook-signature"] = signatures.join(" ");
  }
  return headers;
}

// Sends once; gives the item for the log, or throws.
async function deliver({ event, text, body }, webhook) {
  const id = deliveryId(event, webhook);
  const at = Date.now();
  const status = await post(webhook.url, headersOf(event, webhook, id, body), body);
  if (status < 200 || status > 299) throw new Error(`${webhook.id} answered ${status}`);
  return {
    pk: { S: `L#${webhook.id}` },
    sk: { S: id },
    event: { S: text },
    outcome: { S: "succeeded" },
    attempts: { N: "1" },
    tries: { S: JSON.stringify([[at, Date.now() - at, status, null]]) },
    created_at: { N: String(at) },
    ttl: { N: String(Math.floor(at / 1000) + KEPT_SECONDS) },
  };
}

// --- The two ways to send: a POST, its answer read to the end, its status ---

async function withUndici() {
  const { Agent, request } = await import("undici");
  const dispatcher = new Agent({
    connections: null,
    pipelining: 1,
    keepAliveTimeout: 30_000,
    headersTimeout: ATTEMPT_TIMEOUT_MS,
    bodyTimeout: ATTEMPT_TIMEOUT_MS,
  });
  return async (url, headers, body) => {
    const answer = await request(url, { method: "POST", headers, body, dispatcher });
    await answer.body.dump();
    return answer.statusCode;
  };
}

async function withFetch() {
  return async (url, headers, body) => {
    const signal = AbortSignal.timeout(ATTEMPT_TIMEOUT_MS);
    const answer = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" });
    await answer.arrayBuffer();
    return answer.status;
  };
}

// --- The function ---

async function handle(batch) {
  const failed = new Set();
  const items = [];
  const dispatch = async (record) => {
    const event = JSON.parse(record.body);
    const { siteUrl, webhooks } = await rosterOf(event.tenantId);
    const outgoing = { event, text: record.body, body: bodyOf(event, siteUrl) };
    const wanting = webhooks.filter((webhook) => webhook.wants(event.type));
    const deliveries = wanting.map(async (webhook) => items.push(await deliver(outgoing, webhook)));
    const ended = await Promise.allSettled(deliveries);
    const fault = ended.find(({ status }) => status === "rejected");
    if (fault) throw fault.reason;
  };
  const fail = (record) => (error) => {
    console.error(error);
    failed.add(record.messageId);
  };
  await Promise.all(batch.Records.map((record) => dispatch(record).catch(fail(record))));
  await log(items);
  return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
}

async function log(items) {
  const writes = [];
  for (let place = 0; place < items.length; place += ITEMS_PER_WRITE) {
    writes.push(write(items.slice(place, place + ITEMS_PER_WRITE)));
  }
  await Promise.all(writes);
}

async function write(items) {
  let left = items.map((Item) => ({ PutRequest: { Item } }));
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const call = new BatchWriteItemCommand({ RequestItems: { [DELIVERIES_TABLE_NAME]: left } });
    const { UnprocessedItems } = await dynamodb.send(call);
    left = UnprocessedItems?.[DELIVERIES_TABLE_NAME] ?? [];
    if (left.length === 0) return;
    await new Promise((resume) => setTimeout(resume, 50 << attempt));
  }
  throw new Error(`${left.length} items were not written`);
}

// --- The Runtime API, which Lambda's own Node runtime would ask for us ---

const runtimeAgent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function ask(method, path, json) {
  const body = json === undefined ? undefined : JSON.stringify(json);
  const url = `http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/${path}`;
  const headers = body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers, agent: runtimeAgent }, async (answer) => {
      try {
        const chunks = await answer.toArray();
        resolve({ id: answer.headers["lambda-runtime-aws-request-id"], text: Buffer.concat(chunks).toString() });
      } catch (error) {
        reject(error);
      }
    });
    request.on("error", reject).end(body);
  });
}

// Nothing leaves the machine: the receivers' names, whichever client asks, are here.
if (RECEIVER_PORT) {
  const lookup = dns.lookup;
  dns.lookup = (host, options, answer) => {
    if (!host.endsWith("receiver.example.com")) return lookup(host, options, answer);
    if (options.all) return process.nextTick(answer, null, [{ address: "127.0.0.1", family: 4 }]);
    return process.nextTick(answer, null, "127.0.0.1", 4);
  };
}

const ways = { undici: withUndici, fetch: withFetch };
const way = ways[process.argv[2]];
if (!way) throw new Error("node dispatcher.mjs undici|fetch");
const post = await way();

for (;;) {
  const { id, text } = await ask("GET", "next");
  try {
    await ask("POST", `${id}/response`, await handle(JSON.parse(text)));
  } catch (error) {
    console.error(error);
    await ask("POST", `${id}/error`, { errorType: error.name, errorMessage: error.message });
  }
}
