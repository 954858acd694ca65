/**
 * The hash by which a file is known again.
 */

/** SHA-256, hexadecimal. Pages that are not served over HTTPS have no such function: then it says so. */
export const sha256 = async (bytes: Uint8Array): Promise<string> => {
  if (!globalThis.crypto?.subtle) return `unknown:${bytes.length}`;
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
};
