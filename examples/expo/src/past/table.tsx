import { useState } from 'react';
import { StyleSheet, View } from 'react-native';
import { texts } from '../language/texts';
import { Button } from '../ui/button';
import { Body } from '../ui/text';
import { useTheme } from '../ui/theme';

interface TableProps {
  caption: string;
  head: string[];
  /** The first cell names its row. */
  rows: string[][];
}

/** What a picture shows, as a table that opens on request. */
export function Table({ caption, head, rows }: TableProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button label={isOpen ? texts.hideTable : texts.asTable} isExpanded={isOpen} onPress={() => setOpen(!isOpen)} />
      {isOpen && (
        <View role="table" aria-label={caption}>
          <TableRow cells={head} role="columnheader" />
          {rows.map((cells) => (
            <TableRow key={cells[0]} cells={cells} role="cell" />
          ))}
        </View>
      )}
    </>
  );
}

function TableRow({ cells, role }: { cells: string[]; role: 'columnheader' | 'cell' }) {
  const { border } = useTheme();
  return (
    <View role="row" style={[styles.row, { borderColor: border }]}>
      {cells.map((cell, index) => (
        <View key={index} role={index === 0 && role === 'cell' ? 'rowheader' : role} style={styles.cell}>
          <Body>{cell}</Body>
        </View>
      ))}
    </View>
  );
}

const styles = StyleSheet.create({
  row: { flexDirection: 'row', flexWrap: 'wrap', borderBottomWidth: 1, paddingVertical: 4, columnGap: 12 },
  cell: { flexGrow: 1, flexBasis: 96 },
});
