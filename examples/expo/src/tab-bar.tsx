import type { BottomTabBarProps } from '@react-navigation/bottom-tabs';
import { Pressable, StyleSheet, Text, View } from 'react-native';
import { direction } from './language/locale';
import { fontSize } from './ui/font-size';
import { pressOnKey } from './ui/press-on-key';
import { useTheme } from './ui/theme';

/** Tabs that wrap instead of shortening their labels. */
export function TabBar({ state, descriptors, navigation }: BottomTabBarProps) {
  const { card, border } = useTheme();
  return (
    <View role="navigation">
      <View role="tablist" style={[styles.bar, { backgroundColor: card, borderColor: border }]}>
        {state.routes.map(({ key, name, params }, index) => {
          const isSelected = index === state.index;
          const open = (): void => {
            const { defaultPrevented } = navigation.emit({ type: 'tabPress', target: key, canPreventDefault: true });
            if (!isSelected && !defaultPrevented) navigation.navigate(name, params);
          };
          return (
            <Tab key={key} label={descriptors[key]?.options.title ?? name} isSelected={isSelected} onPress={open} />
          );
        })}
      </View>
    </View>
  );
}

function Tab({ label, isSelected, onPress }: { label: string; isSelected: boolean; onPress: () => void }) {
  const { accent, text } = useTheme();
  return (
    <Pressable
      role="tab"
      aria-selected={isSelected}
      onPress={onPress}
      {...pressOnKey(' ', onPress)}
      style={[styles.tab, isSelected && { borderBottomWidth: 4, borderColor: accent }]}
    >
      <Text style={[styles.label, { color: isSelected ? accent : text }]}>{label}</Text>
    </Pressable>
  );
}

const styles = StyleSheet.create({
  bar: { flexDirection: 'row', flexWrap: 'wrap', justifyContent: 'space-around', borderTopWidth: 1 },
  tab: { minHeight: 48, paddingHorizontal: 12, justifyContent: 'center' },
  label: { fontSize: fontSize(16), fontWeight: '600', writingDirection: direction },
});
