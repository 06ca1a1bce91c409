/**
 * Who we are to Kafka, and whom we trust, as values: from the options about SASL, OAuth and TLS.
 *
 * @module
 */

import type { TokenSettings } from "../client/oauth.ts";
import type { SaslOptions, TlsOptions } from "../client/options.ts";
import { isEventHubsHost } from "./addresses.ts";
import type { ConnectionOrigins, ConnectionValues } from "./options.ts";

/** With what to authenticate. */
export type Login = SaslOptions<TokenSettings>;

/** How connections are encrypted, with the paths of files in place of their texts. */
export type TlsFiles = TlsOptions;

/** What a reading adds its messages to. */
export interface Messages {
  readonly errors: string[];
  readonly warnings: string[];
}

/** How to log in and to encrypt. */
export interface Security {
  readonly sasl: Login | null;
  readonly tls: TlsFiles | null;
}

/** Reads both; null where one of them is an error, reported here or when its option was read. */
export function readSecurity(
  values: ConnectionValues,
  origins: ConnectionOrigins,
  brokers: readonly string[],
  messages: Messages,
): Security | null {
  const before = messages.errors.length;
  const sasl = readLogin(values, origins, brokers, messages);
  if (sasl === undefined || messages.errors.length > before) return null;
  const tls = readTls(values, origins, sasl !== null, messages);
  return tls === undefined || messages.errors.length > before ? null : { sasl, tls };
}

/** Reads the login; undefined where an option of it was an error already. */
function readLogin(
  values: ConnectionValues,
  origins: ConnectionOrigins,
  brokers: readonly string[],
  { errors, warnings }: Messages,
): Login | null | undefined {
  const { saslMechanism: mechanism, saslUsername: username, saslPassword: password, oauthTokenUrl } = values;
  if (mechanism === undefined || username === undefined || password === undefined) return undefined;
  if (mechanism === "oauthbearer") {
    for (const name of ["saslUsername", "saslPassword"] as const) {
      if (values[name] === null) continue;
      errors.push(`Cannot use ${origins[name].name} with oauthbearer: it authenticates by token; expected one of them`);
    }
    const token = readToken(values, brokers, errors);
    if (token?.kind === "client-credentials" && isOpen(token.url)) {
      warnings.push("Sending the client secret without encryption: the token URL is http; use https");
    }
    return token === null ? null : token === undefined ? undefined : { mechanism, token };
  }
  if (oauthTokenUrl) {
    errors.push(
      `Cannot use ${origins.oauthTokenUrl.name}: it is for tokens; expected --sasl-mechanism oauthbearer with it`,
    );
  }
  if (username !== null && password !== null) return { mechanism, username, password };
  if (username !== null) {
    errors.push(
      `Cannot use ${origins.saslUsername.name}: it has no password; expected --sasl-password-file ` +
        "(SASL_PASSWORD_FILE) or SASL_PASSWORD",
    );
  } else if (password !== null) {
    errors.push(
      `Cannot use ${origins.saslPassword.name}: it has no user name; expected --sasl-username (SASL_USERNAME)`,
    );
  } else if (mechanism !== "plain") {
    errors.push(
      `Cannot use ${origins.saslMechanism.name} "${mechanism}": it has no user name; expected --sasl-username ` +
        "and --sasl-password",
    );
  }
  return null;
}

/** Where tokens come from; undefined where an option of it was an error already, null where one is missing. */
function readToken(
  values: ConnectionValues,
  brokers: readonly string[],
  errors: string[],
): TokenSettings | null | undefined {
  const { oauthTokenUrl: url, oauthClientId, oauthClientSecret, oauthScope } = values;
  const { azureClientId, azureTenantId, azureFederatedTokenFile, azureAuthorityHost } = values;
  const { identityEndpoint, identityHeader } = values;
  const missing = (expected: string) => {
    errors.push(`Cannot get tokens for oauthbearer; expected ${expected}`);
    return null;
  };
  if (url === undefined || oauthClientId === undefined || oauthClientSecret === undefined || oauthScope === undefined) {
    return undefined;
  }
  if (url !== null) {
    if (oauthClientId === null) return missing("--oauth-client-id (OAUTH_CLIENT_ID)");
    if (oauthClientSecret === null) {
      return missing("--oauth-client-secret-file (OAUTH_CLIENT_SECRET_FILE) or OAUTH_CLIENT_SECRET");
    }
    const scope = oauthScope ?? scopeOf(brokers);
    return { kind: "client-credentials", url, clientId: oauthClientId, clientSecret: oauthClientSecret, scope };
  }
  const settings = [azureClientId, azureTenantId, azureFederatedTokenFile, azureAuthorityHost, identityEndpoint];
  if (identityHeader === undefined || settings.includes(undefined)) return undefined;
  const isAzure = Boolean(azureFederatedTokenFile || identityEndpoint) || brokers.some(isEventHubsHost);
  if (!isAzure) return missing("--oauth-token-url (OAUTH_TOKEN_URL)");
  const scope = oauthScope ?? scopeOf(brokers);
  if (scope === null) return missing("--oauth-scope (OAUTH_SCOPE), as no broker is one of Event Hubs,");
  if (!azureFederatedTokenFile) {
    const [endpoint, clientId] = [identityEndpoint ?? null, azureClientId ?? null];
    return { kind: "managed-identity", endpoint, header: identityHeader, clientId, scope };
  }
  if (!azureTenantId) return missing("--azure-tenant-id (AZURE_TENANT_ID)");
  if (!azureClientId) return missing("--azure-client-id (AZURE_CLIENT_ID)");
  return {
    kind: "workload-identity",
    authorityHost: azureAuthorityHost ?? "",
    tenantId: azureTenantId,
    clientId: azureClientId,
    tokenFile: azureFederatedTokenFile,
    scope,
  };
}

/** The scope of Event Hubs, or null where no broker is one. */
function scopeOf(brokers: readonly string[]): string | null {
  const host = brokers.find(isEventHubsHost);
  return host === undefined ? null : `https://${host.replace(/:\d+$/, "")}/.default`;
}

/** Whether a URL sends what it carries through a network in the open. */
function isOpen(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "http:" && !/^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

/** Reads TLS; undefined where an option of it was an error already. */
function readTls(
  values: ConnectionValues,
  origins: ConnectionOrigins,
  hasLogin: boolean,
  { errors, warnings }: Messages,
): TlsFiles | null | undefined {
  const { kafkaTls } = values;
  if (kafkaTls === undefined) return undefined;
  const files = tlsFiles(values, origins, errors);
  if (files === undefined) return undefined;
  const given = (["tlsCa", "tlsCert", "tlsKey", "tlsInsecure"] as const).filter((name) => values[name]);
  if (kafkaTls === false) {
    for (const name of given) {
      errors.push(`Cannot use ${origins[name].name}: ${origins.kafkaTls.name} turns TLS off; expected auto or true`);
    }
    if (hasLogin) {
      warnings.push(
        `Sending credentials without encryption: ${origins.kafkaTls.name} turns TLS off; use auto or true`,
      );
    }
    return null;
  }
  if (kafkaTls === "auto" && !hasLogin && given.length === 0) return null;
  warnInsecure(files, origins, warnings);
  return files;
}

/** The files that are named, and whether to check at all; undefined where an option of them was an error already. */
export function tlsFiles(
  { tlsCa: ca, tlsCert: cert, tlsKey: key, tlsInsecure: insecure }: ConnectionValues,
  origins: ConnectionOrigins,
  errors: string[],
): TlsFiles | undefined {
  if (ca === undefined || cert === undefined || key === undefined || insecure === undefined) return undefined;
  if (cert !== null && key === null) {
    errors.push(`Cannot use ${origins.tlsCert.name}: it has no key; expected --tls-key (KAFKA_TLS_KEY)`);
  }
  if (cert === null && key !== null) {
    errors.push(
      `Cannot use ${origins.tlsKey.name}: it has no certificate; expected --tls-cert (KAFKA_TLS_CERT)`,
    );
  }
  if (insecure && ca !== null) {
    errors.push(
      `Cannot use ${origins.tlsCa.name} with ${origins.tlsInsecure.name}: it would be ignored; expected one of them`,
    );
  }
  return { ca, cert, key, insecure };
}

/** Warns where no certificate is looked at. */
export function warnInsecure({ insecure }: TlsFiles, origins: ConnectionOrigins, warnings: string[]): void {
  if (!insecure) return;
  warnings.push(
    `Accepting any broker certificate: ${origins.tlsInsecure.name} turns verification off, --tls-ca keeps it on`,
  );
}
