/**
 * Certificates for the TLS listeners of brokers and servers, made by the command of OpenSSL.
 *
 * @module
 */
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Files in PEM, in a folder that goes with them. */
export interface Certificates extends AsyncDisposable {
  readonly folder: string;
  /** The authority that signed all the others. */
  readonly ca: string;
  /** An authority that signed none of them. */
  readonly otherCa: string;
  /** For localhost and 127.0.0.1; key and chain in one file, as Kafka takes it. */
  readonly server: string;
  /** The same for a host of another name. */
  readonly misnamed: string;
  /** A client's certificate and its key. */
  readonly clientCert: string;
  readonly clientKey: string;
}

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** Makes them. */
export async function makeCertificates(): Promise<Certificates> {
  const folder = await Deno.makeTempDir({ dir: tmpdir(), prefix: "bluesky_firehose_tls_" });
  const path = (name: string) => join(folder, name);
  const authority = async (name: string) => {
    await openssl([
      ...["req", "-x509", ...KEY, "-keyout", path(`${name}.key`), "-out", path(`${name}.pem`), "-days", "2"],
      ...["-subj", `/CN=${name}`, "-addext", "keyUsage=critical,keyCertSign"],
    ]);
    return path(`${name}.pem`);
  };
  const leaf = async (name: string, subjectAltName: string) => {
    const [key, request, cert, extensions] = [".key", ".csr", ".pem", ".ext"].map((end) => path(name + end));
    if (!key || !request || !cert || !extensions) throw new TypeError("Cannot happen: four names were made");
    await openssl(["req", "-new", ...KEY, "-keyout", key, "-out", request, "-subj", `/CN=${name}`]);
    await Deno.writeTextFile(extensions, `basicConstraints=CA:FALSE\nsubjectAltName=${subjectAltName}\n`);
    await openssl([
      ...["x509", "-req", "-in", request, "-CA", path("ca.pem"), "-CAkey", path("ca.key"), "-days", "2"],
      ...["-set_serial", `0x${name.length}${Date.now().toString(16)}`, "-extfile", extensions, "-out", cert],
    ]);
    const both = path(`${name}.both`);
    await Deno.writeTextFile(both, await Deno.readTextFile(key) + await Deno.readTextFile(cert));
    return { key, cert, both };
  };
  const [ca, otherCa] = [await authority("ca"), await authority("other")];
  const [server, misnamed, client] = [
    await leaf("server", "DNS:localhost,IP:127.0.0.1"),
    await leaf("misnamed", "DNS:elsewhere.example"),
    await leaf("client", "DNS:client.example"),
  ];
  return {
    folder,
    ca,
    otherCa,
    server: server.both,
    misnamed: misnamed.both,
    clientCert: client.cert,
    clientKey: client.key,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

async function openssl(args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", { args: [...args] }).output();
  if (!success) throw new Error(`openssl ${args[0]}: ${new TextDecoder().decode(stderr)}`);
}

/** Lines of server.properties for a listener, in small letters, that shows what is in a file and trusts an authority. */
export function tlsProperties(listener: string, keystore: string, ca: string): string[] {
  const prefix = `listener.name.${listener}.ssl`;
  return [
    ...[`${prefix}.keystore.type=PEM`, `${prefix}.keystore.location=${keystore}`],
    ...[`${prefix}.truststore.type=PEM`, `${prefix}.truststore.location=${ca}`],
  ];
}
