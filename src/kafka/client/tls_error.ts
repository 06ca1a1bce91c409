/**
 * One name for each way in which TLS fails. Deno 2.9 gives the codes of OpenSSL and Node; earlier versions give errors
 * of rustls that have a text alone. This is the one place that reads such texts: elsewhere codes decide.
 *
 * @module
 */

/** Texts of rustls, and of OpenSSL where no code comes with them, by the code that they amount to. */
const CODES: readonly (readonly [RegExp, string])[] = [
  [/^self-signed certificate in certificate chain/, "SELF_SIGNED_CERT_IN_CHAIN"],
  [/^self-signed certificate|\bCaUsedAsEndEntity\b/, "DEPTH_ZERO_SELF_SIGNED_CERT"],
  [/^unable to verify the first certificate|: UnknownIssuer\b/, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  [/^unable to get local issuer certificate/, "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"],
  [/^certificate signature failure|peer certificate: BadSignature\b/, "CERT_SIGNATURE_FAILURE"],
  [/certificate not valid for name|\bNotValidForName\b/, "ERR_TLS_CERT_ALTNAME_INVALID"],
  [/peer certificate: (?:certificate expired|Expired)/, "CERT_HAS_EXPIRED"],
  [/peer certificate: (?:certificate not valid yet|NotValidYet)/, "CERT_NOT_YET_VALID"],
  [/peer certificate: Revoked\b/, "CERT_REVOKED"],
  [/fatal alert: CertificateRequired\b/, "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"],
  [/fatal alert: BadCertificate\b/, "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE"],
  [/fatal alert: CertificateUnknown\b/, "ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN"],
  [/fatal alert: UnknownCA\b/, "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA"],
  [/fatal alert: ProtocolVersion\b/, "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION"],
  [/^received corrupt message of type InvalidContentType/, "ERR_SSL_WRONG_VERSION_NUMBER"],
];

/** Gives an error of a socket its code, where it has none and its text says which. */
export function nameTlsError(error: Error): void {
  if ("code" in error && typeof error.code === "string") return;
  const [, code] = CODES.find(([text]) => text.test(error.message)) ?? [];
  if (code !== undefined) Object.assign(error, { code });
}
