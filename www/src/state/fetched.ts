/**
 * Files of the page itself.
 */
import type { NamedFile } from '../protocol/message.ts';
import { FetchError } from './complain.ts';

export const fetchFile = async (address: string): Promise<NamedFile> => {
  try {
    const response = await fetch(address);
    if (!response.ok) throw new FetchError(`${address}: HTTP ${response.status}`);
    return { name: address.split('/').pop() ?? address, bytes: new Uint8Array(await response.arrayBuffer()) };
  } catch (thrown) {
    throw thrown instanceof FetchError ? thrown : new FetchError(`${address}: ${String(thrown)}`);
  }
};
