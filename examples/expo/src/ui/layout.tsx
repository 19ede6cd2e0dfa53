import type { ReactNode } from 'react';
import { ScrollView, StyleSheet, View } from 'react-native';
import { useTheme } from './theme';

/** The content of a screen, as wide as can be read with ease. */
export function Screen({ children }: { children: ReactNode }) {
  const { background } = useTheme();
  return (
    <ScrollView style={{ backgroundColor: background }} keyboardShouldPersistTaps="handled">
      <View style={styles.screen}>{children}</View>
    </ScrollView>
  );
}

export function Card({ children }: { children: ReactNode }) {
  const { card, border } = useTheme();
  return <View style={[styles.card, { backgroundColor: card, borderColor: border }]}>{children}</View>;
}

/** Buttons beside each other; on a narrow screen below each other. */
export function Row({ children }: { children: ReactNode }) {
  return <View style={styles.row}>{children}</View>;
}

const styles = StyleSheet.create({
  screen: { width: '100%', maxWidth: 640, alignSelf: 'center', padding: 16, gap: 16 },
  card: { padding: 16, gap: 8, borderWidth: 1, borderRadius: 16 },
  row: { flexDirection: 'row', flexWrap: 'wrap', gap: 8 },
});
