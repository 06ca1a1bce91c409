import { assertEquals, assertStringIncludes } from "@std/assert";
import { firstAdvice } from "../../../src/cli/advice.ts";
import { classify, describeTrouble } from "../../../src/kafka/client/classify.ts";
import { nameTlsError } from "../../../src/kafka/client/tls_error.ts";

function named(message: string, code?: string): Error & { code?: string } {
  const error = Object.assign(new Error(message), code === undefined ? {} : { code });
  nameTlsError(error);
  return error;
}

/** What `check` advises for an error of a socket. */
function advice(error: Error & { code?: string }): string {
  return firstAdvice(describeTrouble(error), { isTls: true, isSasl: false });
}

Deno.test("an authority that is not trusted ends the start with the advice --tls-ca, by each text there is", () => {
  const texts = [
    "invalid peer certificate: UnknownIssuer",
    "invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))",
    "invalid peer certificate: BadSignature",
    "unable to verify the first certificate",
    "self-signed certificate",
    "self-signed certificate in certificate chain",
    "unable to get local issuer certificate",
  ];
  for (const text of texts) {
    const error = named(text);
    assertEquals(classify(error), "fatal", text);
    assertStringIncludes(advice(error), "--tls-ca");
  }
});

Deno.test("each other failure of TLS has its own advice, with the texts of rustls as with the codes of OpenSSL", () => {
  const cases: readonly (readonly [text: string, code: string, advice: string])[] = [
    [
      'invalid peer certificate: certificate not valid for name "localhost"; certificate is only valid for DnsName("x")',
      "ERR_TLS_CERT_ALTNAME_INVALID",
      "the host name in the broker's certificate",
    ],
    ["invalid peer certificate: certificate expired: verification time 1", "CERT_HAS_EXPIRED", "renew"],
    ["invalid peer certificate: Expired", "CERT_HAS_EXPIRED", "renew"],
    ["invalid peer certificate: NotValidYet", "CERT_NOT_YET_VALID", "clock"],
    ["received fatal alert: CertificateRequired", "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "--tls-cert"],
    ["received fatal alert: BadCertificate", "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE", "--tls-cert"],
    ["received fatal alert: UnknownCA", "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", "--tls-cert"],
    ["received fatal alert: ProtocolVersion", "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "TLS 1.2 or 1.3"],
  ];
  for (const [text, code, expected] of cases) {
    assertEquals(named(text).code, code);
    assertEquals(classify(named(text)), "fatal", code);
    assertStringIncludes(advice(named(text)), expected);
    assertStringIncludes(advice(named("whatever", code)), expected);
  }
  const plain = named("received corrupt message of type InvalidContentType");
  assertStringIncludes(advice(plain), "--kafka-tls false");
});

Deno.test("nameTlsError() leaves errors that have a code, or no known text, as they are", () => {
  assertEquals(named("invalid peer certificate: UnknownIssuer", "EPIPE").code, "EPIPE");
  assertEquals(named("connect refused").code, undefined);
});
