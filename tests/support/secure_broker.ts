/**
 * A broker that lets in only whom it knows: TLS, client certificates, every SASL mechanism, permissions.
 *
 * @module
 */
import { type Broker, type BrokerOptions, startBroker } from "../../scripts/kafka.ts";
import { type Certificates, makeCertificates, tlsProperties } from "../../scripts/certificates.ts";
import { testWith } from "./kafka.ts";

/** Users and passwords of PLAIN and SCRAM. */
export const USERS = { alice: "canary-alice", mallory: "canary-mallory" } as const;

/** The key in a connection string of Event Hubs. */
export const EVENT_HUBS_KEY = "canarycanarycanarycanarycanarycanarycanaryc=";

/** A connection string whose namespace is a port of this machine. */
export function connectionString(port: number): string {
  return `Endpoint=sb://localhost:${port}/;SharedAccessKeyName=send;SharedAccessKey=${EVENT_HUBS_KEY}`;
}

const LOGIN = "org.apache.kafka.common.security";
const MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] as const;

/** How long a connection through the listener SHORT may go on before it authenticates again, in milliseconds. */
export const SHORT_SESSION_MS = 10_000;

/**
 * Options of the broker. Its listeners beside CLIENT: SASL, SHORT (sessions of {@linkcode SHORT_SESSION_MS}), TLS, MTLS,
 * MISNAMED (a certificate for another host), SASLTLS, PLAINONLY, and HUBS, which is as Event Hubs are: TLS and PLAIN for
 * the user `$ConnectionString`, whose password is the string for `hubsPort`. Clients come to that port, a proxy's.
 */
function secureBroker(certificates: Certificates, hubsPort: number): BrokerOptions {
  const { ca, server, misnamed } = certificates;
  const sasl = (name: string) => {
    const prefix = `listener.name.${name}`;
    return [
      `${prefix}.sasl.enabled.mechanisms=${MECHANISMS.join(",")}`,
      `${prefix}.plain.sasl.jaas.config=${plain()}`,
      ...["256", "512"].map((bits) =>
        `${prefix}.scram-sha-${bits}.sasl.jaas.config=${LOGIN}.scram.ScramLoginModule required;`
      ),
      // The broker's built-in validator takes tokens without a signature.
      `${prefix}.oauthbearer.sasl.jaas.config=${LOGIN}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
    ];
  };
  const plain = () => {
    const users = Object.entries(USERS).map(([name, password]) => `user_${name}="${password}"`);
    return `${LOGIN}.plain.PlainLoginModule required ${users.join(" ")} user_$ConnectionString="${
      connectionString(hubsPort)
    }";`;
  };
  const tls = (name: string, keystore: string) => tlsProperties(name, keystore, ca);
  const protocols = {
    SASL: "SASL_PLAINTEXT",
    SHORT: "SASL_PLAINTEXT",
    PLAINONLY: "SASL_PLAINTEXT",
    TLS: "SSL",
    MTLS: "SSL",
    MISNAMED: "SSL",
    SASLTLS: "SASL_SSL",
    HUBS: "SASL_SSL",
  };
  return {
    port: 0,
    listeners: Object.entries(protocols).map(([name, protocol]) => ({
      name,
      protocol,
      advertisedPort: name === "HUBS" ? hubsPort : null,
    })),
    scram: Object.entries(USERS).flatMap(([name, password]) =>
      ["256", "512"].map((bits) => `SCRAM-SHA-${bits}=[name=${name},password=${password}]`)
    ),
    properties: [
      ...["sasl", "short", "sasltls"].flatMap(sasl),
      ...["plainonly", "hubs"].flatMap((name) => [
        `listener.name.${name}.sasl.enabled.mechanisms=PLAIN`,
        `listener.name.${name}.plain.sasl.jaas.config=${plain()}`,
      ]),
      ...MECHANISMS.map((each) =>
        `listener.name.short.${each.toLowerCase()}.connections.max.reauth.ms=${SHORT_SESSION_MS}`
      ),
      ...[
        ...tls("tls", server),
        ...tls("mtls", server),
        ...tls("misnamed", misnamed),
        ...tls("sasltls", server),
        ...tls("hubs", server),
      ],
      "listener.name.mtls.ssl.client.auth=required",
      "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
      "super.users=User:ANONYMOUS",
    ],
  };
}

/** A token as this broker takes it: without a signature, valid from now for so many seconds. */
export function unsignedToken(sub: string, seconds: number): string {
  const part = (value: unknown) =>
    btoa(JSON.stringify(value)).replaceAll("=", "").replaceAll("+", "-").replaceAll("/", "_");
  const now = Math.floor(Date.now() / 1000);
  return `${part({ alg: "none" })}.${part({ sub, iat: now - 1, exp: now + seconds })}.`;
}

/** Registers a long test that gets such a broker, and its certificates. */
export function secureKafkaTest(
  name: string,
  hubsPort: number,
  test: (broker: Broker, certificates: Certificates) => Promise<void>,
): void {
  const start = async () => {
    await using stack = new AsyncDisposableStack();
    const certificates = stack.use(await makeCertificates());
    const broker = stack.use(await startBroker(secureBroker(certificates, hubsPort)));
    const started = stack.move();
    return { broker, certificates, [Symbol.asyncDispose]: () => started.disposeAsync() };
  };
  testWith(["long", "own-kafka", "openssl"], name, start, ({ broker, certificates }) => test(broker, certificates));
}
