import type { PastPeriod } from '@lockin/sdk';
import { StyleSheet, View } from 'react-native';
import { useTheme } from '../ui/theme';

const HEIGHT = 96;
/** The height of the target's line. What is above is for more time than that. */
const TARGET = 72;

/** A bar for each period, the latest at the end of the line. Each is measured by the target of its own period. */
export function PeriodBars({ periods, label }: { periods: PastPeriod[]; label: string }) {
  const { accent, muted, text } = useTheme();
  return (
    <View accessible role="img" aria-label={label} style={[styles.bars, { borderColor: muted }]}>
      {periods.map(({ period_start, seconds_done, target_minutes, goal_met }) => {
        const height = Math.min((seconds_done / (target_minutes * 60)) * TARGET, HEIGHT);
        // A border is also seen in forced colours.
        const color = goal_met ? { backgroundColor: accent, borderColor: accent } : { borderColor: muted };
        return <View key={period_start} style={[styles.bar, color, { height }]} />;
      })}
      <View style={[styles.target, { borderColor: text }]} />
    </View>
  );
}

const styles = StyleSheet.create({
  bars: { height: HEIGHT, flexDirection: 'row', alignItems: 'flex-end', gap: 4, borderBottomWidth: 1 },
  bar: { flex: 1, maxWidth: 32, borderWidth: 2, borderBottomWidth: 0, borderTopLeftRadius: 4, borderTopRightRadius: 4 },
  target: { position: 'absolute', start: 0, end: 0, bottom: TARGET, borderTopWidth: 1, borderStyle: 'dashed' },
});
