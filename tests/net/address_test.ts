import { assertEquals } from "@std/assert";
import { isPublicAddress } from "../../src/net/address.ts";

Deno.test("isPublicAddress() is false of every address that is not on the Internet at large, however it is written", () => {
  const hidden = [
    ...["0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "169.254.169.254", "172.16.0.1"],
    ...["172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"],
    ...["224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1"],
    ...["ff02::1", "64:ff9b::a00:1", "::ffff:10.0.0.1", "::ffff:7f00:1", "[::1]", "2001:db8::1", "2002:a00:1::"],
    ...["2001::1", "100::1", "", "example.com", "1.2.3", "1.2.3.256", "8.8.8.8.8", "2001:zz::"],
  ];
  for (const address of hidden) assertEquals(isPublicAddress(address), false, address);
});

Deno.test("isPublicAddress() is true of addresses on the Internet", () => {
  const open = [
    ...["8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.167.1.1"],
    ...["223.255.255.255", "2606:4700:4700::1111", "2a00:1450::1", "[2606:4700::1]", "::ffff:8.8.8.8"],
  ];
  for (const address of open) assertEquals(isPublicAddress(address), true, address);
});
