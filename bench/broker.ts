/**
 * The broker of the bench, which is reached with and without TLS where the command of OpenSSL is there.
 *
 * @module
 */
import { type Certificates, makeCertificates, tlsProperties } from "../scripts/certificates.ts";
import { type Broker, startBroker } from "../scripts/kafka.ts";

/** A broker, and what its listener TLS shows; null where there is no such listener. */
export interface BenchBroker extends AsyncDisposable {
  readonly broker: Broker;
  readonly certificates: Certificates | null;
}

/** Starts one. */
export async function startBenchBroker(say: (text: string) => void): Promise<BenchBroker> {
  await using stack = new AsyncDisposableStack();
  const certificates = await makeCertificates().catch((error: unknown) => {
    say(`TLS is not measured: ${error instanceof Error ? error.message : error}`);
    return null;
  });
  if (certificates !== null) stack.use(certificates);
  const properties = certificates === null ? [] : tlsProperties("tls", certificates.server, certificates.ca);
  const listeners = certificates === null ? [] : [{ name: "TLS", protocol: "SSL", advertisedPort: null }];
  const broker = stack.use(await startBroker({ properties, listeners, port: 0 }));
  const started = stack.move();
  return { broker, certificates, [Symbol.asyncDispose]: () => started.disposeAsync() };
}
