// The cells of the matrix that Headgate refuses on purpose, each with the words that the client
// hears. A cell that works all the same, or fails in other words, fails the run.

const REFUSALS = [
  // { client: 'id or dialect', upstream: 'dialect', feature: 'id', says: '…' }
];

/** The words with which a cell is to be refused; undefined: it has to work. */
export function refusalOf({ client, upstream, feature }) {
  return REFUSALS.find(
    (each) =>
      [client.id, client.dialect].includes(each.client) &&
      each.upstream === upstream.dialect &&
      each.feature === feature.id,
  )?.says;
}
