// In the oldest JavaScript there is: an old Node must be able to read it in order to be told.
var wanted = [22, 17];
var found = process.versions.node.split('.').map(Number);
if (found[0] < wanted[0] || (found[0] === wanted[0] && found[1] < wanted[1])) {
  console.error(
    'LockIN needs Node ' +
      wanted.join('.') +
      ' or later, this is ' +
      process.versions.node +
      ': run `npm ci`, which brings Node 24 along, or install a later Node.',
  );
  process.exit(1);
}
