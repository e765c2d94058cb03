//! The order platform: its services, what their spans are called and what they say. Names and keys are OpenTelemetry's
//! semantic conventions; how many values a key has is what a shop of some size would have.

use std::borrow::Cow;

use crate::random::Random;
use crate::span::{Attributes, Kind, Value};

/// A value that few spans have, for who measures how fast it is found.
pub const NEEDLE: &str = "ORD-NEEDLE-7F3A";
/// One span of so many that carry an order has the needle.
const NEEDLE_OF: u64 = 20_000;

const SERVICES: [&str; 60] = [
    "gateway",
    "auth",
    "orders",
    "inventory",
    "pricing",
    "erp-sap",
    "carrier-dhl",
    "carrier-ups",
    "labels",
    "payments",
    "tracking",
    "notifications",
    "carrier-dpd",
    "carrier-gls",
    "erp-odoo",
    "customers",
    "catalog",
    "search",
    "returns",
    "invoices",
    "carrier-fedex",
    "carrier-inpost",
    "erp-dynamics",
    "erp-netsuite",
    "warehouse",
    "picking",
    "packing",
    "tax",
    "fraud",
    "sessions",
    "carrier-postnl",
    "carrier-tnt",
    "carrier-colissimo",
    "carrier-hermes",
    "webhooks",
    "exports",
    "imports",
    "scheduler",
    "documents",
    "addresses",
    "geocoding",
    "currencies",
    "discounts",
    "loyalty",
    "reviews",
    "recommendations",
    "images",
    "mail",
    "sms",
    "push",
    "audit",
    "metering",
    "billing",
    "subscriptions",
    "partners",
    "quotes",
    "replenishment",
    "forecasts",
    "reports",
    "archive",
];

const ROUTES: [&str; 24] = [
    "/orders",
    "/orders/{id}",
    "/orders/{id}/lines",
    "/orders/{id}/labels",
    "/shipments",
    "/shipments/{id}",
    "/stock/{sku}",
    "/prices/{sku}",
    "/customers/{id}",
    "/customers/{id}/addresses",
    "/sessions",
    "/tokens/verify",
    "/rates",
    "/labels",
    "/tracking/{number}",
    "/invoices/{id}",
    "/payments",
    "/payments/{id}/capture",
    "/returns",
    "/search",
    "/documents/{id}",
    "/webhooks",
    "/exports/{id}",
    "/quotes",
];
const TABLES: [&str; 16] = [
    "orders",
    "order_lines",
    "parcels",
    "parcel_events",
    "customers",
    "addresses",
    "stock_levels",
    "reservations",
    "prices",
    "rates",
    "labels",
    "invoices",
    "payments",
    "outbox",
    "sessions",
    "audit_log",
];
const QUEUES: [&str; 6] =
    ["orders.created", "labels.requested", "stock.changed", "tracking.updates", "invoices.due", "mail.outgoing"];
const WORK: [&str; 12] = [
    "order.validate",
    "order.price",
    "order.allocate",
    "stock.reserve",
    "label.render",
    "rate.compare",
    "address.normalise",
    "payment.authorise",
    "document.merge",
    "batch.import",
    "cart.merge",
    "tax.compute",
];
const FUNCTIONS: [&str; 8] = ["handle", "process", "load", "store", "map", "merge", "retry", "flush"];
const TENANTS: [&str; 8] = ["acme", "globex", "initech", "umbrella", "hooli", "stark", "wayne", "wonka"];
const REGIONS: [&str; 3] = ["eu-central-1", "eu-west-1", "us-east-1"];
const FAILURES: [&str; 5] = [
    "upstream timed out after 3000 ms",
    "deadlock detected",
    "422 from the carrier",
    "connection reset",
    "out of stock",
];

pub fn service_name(service: u32) -> &'static str {
    SERVICES[service as usize % SERVICES.len()]
}

/// How many processes a service runs as.
pub fn instances(service: u32) -> u64 {
    1 + u64::from(service % 4)
}

pub fn failure(random: &mut Random) -> &'static str {
    random.pick(&FAILURES)
}

pub fn resource(service: u32, instance: u32) -> Attributes {
    let name = service_name(service);
    vec![
        ("service.name", text(name)),
        ("service.version", text(format!("{}.{}.{}", 1 + service % 5, service % 13, service % 7))),
        ("service.namespace", text("shop")),
        ("deployment.environment.name", text("production")),
        ("host.name", text(format!("node-{:02}", (service * 7 + instance) % 40))),
        (
            "k8s.pod.name",
            text(format!("{name}-{:08x}", u64::from(service * 31 + instance) * 2_654_435_761 % 0xffff_ffff)),
        ),
        ("process.pid", Value::Int(i64::from(1 + (service * 97 + instance * 13) % 4000))),
        ("telemetry.sdk.name", text("opentelemetry")),
        ("telemetry.sdk.language", text("nodejs")),
    ]
}

pub fn text(text: impl Into<Cow<'static, str>>) -> Value {
    Value::Text(text.into())
}

/// What a span does, as its name and what it says of it.
pub struct Said {
    pub name: Cow<'static, str>,
    pub attributes: Attributes,
}

/// An HTTP call as its server or its client (to `peer`) tells it.
pub fn http(random: &mut Random, kind: Kind, peer: u32, failed: bool) -> Said {
    let route = ROUTES[random.below(ROUTES.len() as u64) as usize];
    let method = random.pick(&["GET", "GET", "GET", "POST", "PUT"]);
    let status =
        if failed { *pick(random, &[500, 502, 503, 504]) } else { *pick(random, &[200, 200, 200, 201, 204, 304]) };
    let id = random.below(2_000_000);
    let path = route.replace("{id}", &id.to_string()).replace("{sku}", &format!("SKU-{}", id % 20_000));
    let host = format!("{}.shop.internal", service_name(peer));
    let mut attributes = common(random);
    attributes.extend([
        ("http.request.method", text(method)),
        ("http.response.status_code", Value::Int(status)),
        ("network.protocol.version", text("1.1")),
        ("server.address", text(host.clone())),
        ("server.port", Value::Int(8080)),
    ]);
    if kind == Kind::Server {
        attributes.extend([
            ("http.route", text(route)),
            ("url.path", text(path)),
            ("url.scheme", text("http")),
            ("client.address", text(format!("10.{}.{}.{}", id % 4, id % 64, id % 250))),
            ("user_agent.original", text("node-fetch/1.0 (+https://github.com/bitinn/node-fetch)")),
        ]);
        Said { name: text_of(format!("{method} {route}")), attributes }
    } else {
        attributes.extend([
            ("url.full", text(format!("http://{host}:8080{path}"))),
            ("network.peer.address", text(format!("10.{}.{}.{}", peer % 4, peer, id % 20))),
            ("network.peer.port", Value::Int(8080)),
        ]);
        Said { name: Cow::Borrowed(method), attributes }
    }
}

/// A statement; `table` counts in the tables, so that a loop asks the same one again and again.
pub fn database(random: &mut Random, table: u64) -> Said {
    let table = TABLES[table as usize % TABLES.len()];
    let operation = random.pick(&["SELECT", "SELECT", "SELECT", "INSERT", "UPDATE"]);
    let statement = match operation {
        "INSERT" => format!("INSERT INTO {table} (id, tenant, body, created_at) VALUES ($1, $2, $3, now())"),
        "UPDATE" => format!("UPDATE {table} SET state = $1, updated_at = now() WHERE id = $2"),
        _ => format!("SELECT id, state, body, created_at FROM {table} WHERE id = $1 AND tenant = $2 LIMIT 1"),
    };
    let mut attributes = common(random);
    attributes.extend([
        ("db.system.name", text("postgresql")),
        ("db.namespace", text("shop")),
        ("db.operation.name", text(operation)),
        ("db.collection.name", text(table)),
        ("db.query.text", text(statement)),
        ("db.response.returned_rows", Value::Int(random.below(40) as i64)),
        ("server.address", text("postgres-primary.shop.internal")),
        ("server.port", Value::Int(5432)),
    ]);
    Said { name: text_of(format!("{operation} {table}")), attributes }
}

pub fn messaging(random: &mut Random, kind: Kind, queue: u64) -> Said {
    let queue = QUEUES[queue as usize % QUEUES.len()];
    let operation = if kind == Kind::Producer { "send" } else { "process" };
    let mut attributes = common(random);
    attributes.extend([
        ("messaging.system", text("rabbitmq")),
        ("messaging.destination.name", text(queue)),
        ("messaging.operation.name", text(operation)),
        ("messaging.operation.type", text(operation)),
        ("messaging.message.id", text(format!("{:016x}", random.next()))),
        ("messaging.message.body.size", Value::Int(random.between(200, 9_000) as i64)),
        ("server.address", text("rabbitmq.shop.internal")),
    ]);
    Said { name: text_of(format!("{operation} {queue}")), attributes }
}

pub fn internal(random: &mut Random) -> Said {
    let work = WORK[random.below(WORK.len() as u64) as usize];
    let mut attributes = common(random);
    attributes.extend([
        ("code.function.name", text(format!("{work}.{}", random.pick(&FUNCTIONS)))),
        ("code.file.path", text("src/steps/pipeline.ts")),
        ("code.line.number", Value::Int(random.below(900) as i64)),
        ("shop.items", Value::Int(random.below(60) as i64)),
        ("shop.weight_kg", Value::Double(random.below(40_000) as f64 / 1000.0)),
        ("shop.express", Value::Bool(random.chance(200))),
        ("feature.flags", text("labels-v2,async-stock")),
    ]);
    Said { name: Cow::Borrowed(work), attributes }
}

/// What every span of the platform carries.
fn common(random: &mut Random) -> Attributes {
    let order = if random.below(NEEDLE_OF) == 0 {
        Cow::Borrowed(NEEDLE)
    } else {
        Cow::Owned(format!("ORD-{:08}", random.below(400_000)))
    };
    vec![
        ("order.id", Value::Text(order)),
        ("tenant.id", text(random.pick(&TENANTS))),
        ("cloud.region", text(random.pick(&REGIONS))),
        ("thread.id", Value::Int(random.below(32) as i64)),
    ]
}

fn pick<'a, T>(random: &mut Random, of: &'a [T]) -> &'a T {
    &of[random.below(of.len() as u64) as usize]
}

fn text_of(text: String) -> Cow<'static, str> {
    Cow::Owned(text)
}
